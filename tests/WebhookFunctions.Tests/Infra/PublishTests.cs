using System.Reflection.PortableExecutable;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests of the folder that azd deploys, which <c>dotnet publish -c Release</c> creates.</summary>
public sealed class PublishTests(PublishedApp published) : IClassFixture<PublishedApp>
{
    // In a ReadyToRun image the number of the machine is combined with one of the target's operating system.
    private const int LinuxAmd64 = (int)Machine.Amd64 ^ 0x7B79;

    [Fact]
    public void It_contains_the_configuration_of_the_host() =>
        Assert.Equal(File.ReadAllText(Repository.File("host.json")), File.ReadAllText(Path.Combine(published.Output, "host.json")));

    [Fact]
    public void It_contains_no_local_settings() =>
        Assert.Empty(Directory.EnumerateFiles(published.Output, "local.settings*", SearchOption.AllDirectories));

    [Fact]
    public void It_contains_the_list_of_files_that_azd_excludes()
    {
        var patterns = File.ReadAllLines(Path.Combine(published.Output, ".funcignore"));

        Assert.Contains("local.settings*.json", patterns);
        Assert.DoesNotContain(patterns, pattern => pattern is "host.json" or "*.json" or "*.dll");
    }

    [Theory]
    [InlineData("WebhookFunctions.dll")]
    [InlineData("Azure.Storage.Blobs.dll")]
    public void It_is_compiled_ahead_of_time_for_Linux_x64(string assembly)
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(published.Output, assembly)));

        Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        Assert.Equal(LinuxAmd64, (int)image.PEHeaders.CoffHeader.Machine);
    }

    [Fact]
    public void It_does_not_contain_the_runtime_because_the_platform_has_it() => Assert.False(File.Exists(Path.Combine(published.Output, "System.Private.CoreLib.dll")));
}

/// <summary>
/// Fixture that publishes a copy of the app with a developer's settings. It uses a copy, because another build may be running in the repository.
/// </summary>
public sealed class PublishedApp : IAsyncLifetime
{
    private readonly TemporaryFolder _copy = new();

    public string Output => Path.Combine(_copy.Path, "output");

    public async ValueTask InitializeAsync()
    {
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", ".editorconfig", ".funcignore", "global.json", "host.json"])
        {
            File.Copy(Repository.File(file), Path.Combine(_copy.Path, file));
        }

        _copy.CopyFromRepository("functions");
        _copy.CopyFromRepository(Path.Combine("tests", "ServiceBusExtension"));
        var functions = Path.Combine(_copy.Path, "functions");
        await File.WriteAllTextAsync(Path.Combine(functions, "local.settings.json"), """{ "Values": { "SYNC_WEBHOOK_SECRET": "a developer's" } }""");

        // The same command as azd's, except that it uses the stand-in for the Service Bus extension and no analyzers.
        string[] arguments =
        [
            "publish", functions, "-c", "Release", "--output", Output, "-p:ServiceBusExtension=StandIn", "-p:RunAnalyzers=false", "-nodeReuse:false", "-v", "q", "--nologo",
        ];
        var result = await CommandLine.RunAsync("dotnet", arguments, _copy.Path);
        Assert.True(result.ExitCode == 0, result.Everything);
    }

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }
}
