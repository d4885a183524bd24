using System.Reflection.PortableExecutable;

namespace WebhookFunctions.Tests.Infra;

/// <summary>The folder that azd zips and deploys: <c>dotnet publish -c Release</c>, as azd runs it.</summary>
public sealed class PublishTests(PublishedApp published) : IClassFixture<PublishedApp>
{
    // The machine's number in a ReadyToRun image is changed by the system that the image is for.
    private const int LinuxAmd64 = (int)Machine.Amd64 ^ 0x7B79;

    [Fact]
    public void It_holds_the_configuration_of_the_host() =>
        Assert.Equal(File.ReadAllText(Repository.File("host.json")), File.ReadAllText(Path.Combine(published.Output, "host.json")));

    [Fact]
    public void It_holds_no_local_settings() =>
        Assert.Empty(Directory.EnumerateFiles(published.Output, "local.settings*", SearchOption.AllDirectories));

    [Fact]
    public void It_tells_azd_what_to_leave_out()
    {
        var patterns = File.ReadAllLines(Path.Combine(published.Output, ".funcignore"));

        Assert.Contains("local.settings*.json", patterns);
        Assert.DoesNotContain(patterns, pattern => pattern is "host.json" or "*.json" or "*.dll");
    }

    [Theory]
    [InlineData("WebhookFunctions.dll")]
    [InlineData("Azure.Storage.Blobs.dll")]
    public void It_is_compiled_ahead_for_the_Linux_it_runs_on(string assembly)
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(published.Output, assembly)));

        Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        Assert.Equal(LinuxAmd64, (int)image.PEHeaders.CoffHeader.Machine);
    }

    [Fact]
    public void It_uses_the_runtime_that_the_platform_brings() => Assert.False(File.Exists(Path.Combine(published.Output, "System.Private.CoreLib.dll")));
}

/// <summary>Publishes a copy of the app with a developer's settings in it. A copy, since the one in the repository may be under construction by another build.</summary>
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

        // As azd runs it, except that the Service Bus extension is the stand-in, and that the analyzers have run before.
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
