using System.Text.Json.Nodes;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Fixture with the Bicep CLI's results for the templates, computed once for all tests. It works on a copy, because snapshots are written
/// beside their parameters.</summary>
public sealed class Templates : IAsyncLifetime
{
    private readonly TemporaryFolder _copy = new();

    internal CommandResult Lint { get; private set; } = null!;

    internal CommandResult Build { get; private set; } = null!;

    internal CommandResult Format { get; private set; } = null!;

    /// <summary>Files that <c>bicep format</c> would write differently.</summary>
    internal IReadOnlyList<string> Misformatted { get; private set; } = [];

    /// <summary>The first deployment by azd.</summary>
    internal Deployment Minimal { get; private set; } = null!;

    /// <summary>A deployment with every switch the other way.</summary>
    internal Deployment Everything { get; private set; } = null!;

    /// <summary>A deployment into a private network, spread over the zones.</summary>
    internal Deployment Private { get; private set; } = null!;

    /// <summary>The console output of the snapshots.</summary>
    internal string SnapshotDiagnostics { get; private set; } = "";

    /// <summary>The deployment of the parameter file of that name.</summary>
    internal Deployment Named(string name) => name switch
    {
        "minimal" => Minimal,
        "everything" => Everything,
        "private" => Private,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no parameter file of that name."),
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

        // Last, since it writes the files that the others read.
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
