using System.Text.Json.Nodes;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests of the tests: a template that is spoilt is found out.</summary>
public sealed class MutationTests(SpoiltTemplates spoilt) : IClassFixture<SpoiltTemplates>
{
    public static TheoryData<string> Names => [.. Mutations.All.Select(mutation => mutation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_template_with_this_in_it_breaks_a_rule(string name)
    {
        BicepCli.SkipUnlessAvailable();
        var expected = Mutations.All.Single(mutation => mutation.Name == name).Violation
            .Replace("{app}", spoilt.Deployment.App.Name, StringComparison.Ordinal)
            .Replace("{storage}", spoilt.Deployment.Storage.Name, StringComparison.Ordinal)
            .Replace("{namespace}", spoilt.Deployment.Namespace.Name, StringComparison.Ordinal);

        Assert.Contains(spoilt.Violations, violation => violation.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_type_error_is_only_a_warning_to_Bicep_and_is_found_by_its_line()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal(0, spoilt.LintOfTypeError.ExitCode);
        Assert.Contains("BCP036", spoilt.LintOfTypeError.Everything, StringComparison.Ordinal);
    }
}

/// <summary>A copy of the templates with every mutation in it, and what the rules say of it.</summary>
public sealed class SpoiltTemplates : IAsyncLifetime
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
        // The linter would find some of them: here the rules have to.
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
        Assert.True(text.Contains(old, StringComparison.Ordinal), $"{file} no longer holds: {old}");
        File.WriteAllText(path, text.Replace(old, replacement, StringComparison.Ordinal));
    }
}
