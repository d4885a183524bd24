using System.Text.Json.Nodes;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Fixture with the Bicep CLI's results for the templates, computed once for all tests. It works on a copy, because the CLI writes snapshots
/// into the folder of the parameters.</summary>
public sealed class Templates : IAsyncLifetime
{
    private readonly TemporaryFolder _copy = new();

    internal CommandResult Lint { get; private set; } = null!;

    internal CommandResult Build { get; private set; } = null!;

    internal CommandResult Format { get; private set; } = null!;

    /// <summary>Gets the files that <c>bicep format</c> would change.</summary>
    internal IReadOnlyList<string> Misformatted { get; private set; } = [];

    /// <summary>Gets the deployment with default parameters.</summary>
    internal Deployment Minimal { get; private set; } = null!;

    /// <summary>Gets a deployment with every switch reversed.</summary>
    internal Deployment Everything { get; private set; } = null!;

    /// <summary>Gets a zone-redundant deployment in a private network.</summary>
    internal Deployment Private { get; private set; } = null!;

    /// <summary>Gets the console output of the commands that create the snapshots.</summary>
    internal string SnapshotDiagnostics { get; private set; } = "";

    /// <summary>Returns the deployment of a parameter file.</summary>
    internal Deployment Named(string name) => name switch
    {
        "minimal" => Minimal,
        "everything" => Everything,
        "private" => Private,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No parameter file has this name."),
    };

    public async ValueTask InitializeAsync()
    {
        if (!BicepCli.IsAvailable)
        {
            return;
        }

        _copy.CopyFromRepository("infra");
        _copy.CopyFromRepository(Path.Combine("tests", "WebhookFunctions.Tests", "Infra"), "*.bicepparam");
        var infra = Path.Combine(_copy.Path, "infra");
        var lint = BicepCli.RunAsync(infra, "lint", "main.bicep");
        var build = BicepCli.RunAsync(infra, "build", "main.bicep", "--stdout");
        var minimal = BicepCli.SnapshotAsync(_copy.Path, "minimal");
        var everything = BicepCli.SnapshotAsync(_copy.Path, "everything");
        var closed = BicepCli.SnapshotAsync(_copy.Path, "private");
        (Lint, Build) = (await lint, await build);
        var template = JsonNode.Parse(Build.Output)!;
        Minimal = await ReadAsync(minimal, template, isQueueOwnerAllowed: false);
        Everything = await ReadAsync(everything, template, isQueueOwnerAllowed: true);
        Private = await ReadAsync(closed, template, isQueueOwnerAllowed: false);

        // Runs last, because it changes the files that the other commands read.
        Format = await BicepCli.RunAsync(infra, "format", "--pattern", "./**/*.bicep");
        Misformatted =
        [
            .. Directory.EnumerateFiles(infra, "*.bicep", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(_copy.Path, file))
                .Where(file => File.ReadAllText(Path.Combine(_copy.Path, file)) != File.ReadAllText(Repository.File(file))),
        ];
    }

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Deployment> ReadAsync(
        Task<(CommandResult Result, string SnapshotPath)> snapshot, JsonNode template, bool isQueueOwnerAllowed)
    {
        var (result, path) = await snapshot;
        SnapshotDiagnostics += result.Everything;
        Assert.True(result.ExitCode == 0, result.Everything);
        return Deployment.Read(path, template, isQueueOwnerAllowed);
    }
}
