using System.Text.Json;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests that the Bicep files build, are formatted, and pass every rule of the linter.</summary>
[Collection(nameof(Templates))]
public sealed class TemplateTests(Templates templates)
{
    [Fact]
    public void The_linter_reports_nothing()
    {
        BicepCli.SkipUnlessAvailable();

        // Checks the output, because a type error is only a warning in Bicep, with exit code 0.
        Assert.Equal("", templates.Lint.Everything.Trim());
        Assert.Equal(0, templates.Lint.ExitCode);
    }

    [Fact]
    public void The_build_reports_nothing()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal("", templates.Build.Error.Trim());
        Assert.Equal(0, templates.Build.ExitCode);
    }

    [Fact]
    public void The_formatter_changes_nothing()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal("", templates.Format.Everything.Trim());
        Assert.Empty(templates.Misformatted);
    }

    [Fact]
    public void The_snapshots_are_complete()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal("", templates.SnapshotDiagnostics.Trim());
        Assert.All([templates.Minimal, templates.Everything, templates.Private], deployment => Assert.Empty(deployment.Snapshot["diagnostics"]!.AsArray()));
    }

    [Fact]
    public void Every_rule_of_the_linter_is_an_error_except_the_one_that_depends_on_the_date()
    {
        using var configuration = JsonDocument.Parse(
            File.ReadAllText(Repository.File("infra", "bicepconfig.json")), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var rules = configuration.RootElement.GetProperty("analyzers").GetProperty("core").GetProperty("rules").EnumerateObject()
            .ToDictionary(rule => rule.Name, rule => rule.Value.GetProperty("level").GetString());

        Assert.Equal(53, rules.Count);
        Assert.All(rules, rule => Assert.Equal(rule.Key == "use-recent-api-versions" ? "off" : "error", rule.Value));
    }

    [Fact]
    public void On_Linux_x64_the_Bicep_CLI_is_available()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64,
            "This is not Linux x64.");

        Assert.NotNull(Repository.Metadata("BicepCli"));
    }

    [Fact]
    public void No_module_comes_from_a_registry()
    {
        var files = Directory.EnumerateFiles(Repository.File("infra"), "*.bicep*", SearchOption.AllDirectories);

        Assert.All(files, file => Assert.DoesNotContain("'br", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public void No_parameter_file_takes_precedence_over_azds_own()
    {
        Assert.Empty(Directory.EnumerateFiles(Repository.File("infra"), "*.bicepparam", SearchOption.AllDirectories));
    }
}

/// <summary>Collection of tests that share one <see cref="Templates"/>.</summary>
[CollectionDefinition(nameof(Templates))]
public sealed class TemplatesDefinition : ICollectionFixture<Templates>;
