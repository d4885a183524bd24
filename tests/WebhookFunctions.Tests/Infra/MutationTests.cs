using System.Text.Json.Nodes;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests that the rules find each mutation of the templates.</summary>
public sealed class MutationTests(MutatedTemplates mutated) : IClassFixture<MutatedTemplates>
{
    public static TheoryData<string> Names => [.. Mutations.All.Select(mutation => mutation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_template_with_the_mutation_violates_a_rule(string name)
    {
        BicepCli.SkipUnlessAvailable();
        var expected = Mutations.All.Single(mutation => mutation.Name == name).Violation
            .Replace("{app}", mutated.Deployment.App.Name, StringComparison.Ordinal)
            .Replace("{storage}", mutated.Deployment.Storage.Name, StringComparison.Ordinal)
            .Replace("{namespace}", mutated.Deployment.Namespace.Name, StringComparison.Ordinal);

        Assert.Contains(mutated.Violations, violation => violation.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_type_error_is_only_a_warning_in_Bicep_and_is_found_in_its_output()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal(0, mutated.LintOfTypeError.ExitCode);
        Assert.Contains("BCP036", mutated.LintOfTypeError.Everything, StringComparison.Ordinal);
    }
}

/// <summary>Fixture with a copy of the templates that has every mutation, and with the violations that the rules find.</summary>
public sealed class MutatedTemplates : IAsyncLifetime
{
    private readonly TemporaryFolder _copy = new();

    internal Deployment Deployment { get; private set; } = null!;

    internal IReadOnlyList<string> Violations { get; private set; } = [];

    internal CommandResult LintOfTypeError { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (!BicepCli.IsAvailable)
        {
            return;
        }

        _copy.CopyFromRepository("infra");
        _copy.CopyFromRepository(Path.Combine("tests", "WebhookFunctions.Tests", "Infra"), "minimal.bicepparam");
        // The linter is off, because it would find some of the mutations before the rules do.
        File.WriteAllText(Path.Combine(_copy.Path, "infra", "bicepconfig.json"), """{ "analyzers": { "core": { "enabled": false } } }""");
        foreach (var mutation in Mutations.All)
        {
            Replace(mutation.File, mutation.Old, mutation.New);
        }

        var infra = Path.Combine(_copy.Path, "infra");
        var build = BicepCli.RunAsync(infra, "build", "main.bicep", "--stdout");
        var (result, path) = await BicepCli.SnapshotAsync(_copy.Path, "minimal");
        Assert.True(result.ExitCode == 0, result.Everything);
        Deployment = Deployment.Read(path, JsonNode.Parse((await build).Output)!, isQueueOwnerAllowed: false);
        Violations = [.. DeploymentRules.All.Values.SelectMany(rule => rule(Deployment))];

        Replace("modules/monitoring.bicep", "retentionInDays: 30", "retentionInDays: 'thirty'");
        LintOfTypeError = await BicepCli.RunAsync(infra, "lint", "modules/monitoring.bicep");
    }

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Replace(string file, string old, string replacement)
    {
        var path = Path.Combine([_copy.Path, "infra", .. file.Split('/')]);
        var text = File.ReadAllText(path);
        Assert.True(text.Contains(old, StringComparison.Ordinal), $"{file} does not contain the text to replace: {old}");
        File.WriteAllText(path, text.Replace(old, replacement, StringComparison.Ordinal));
    }
}
