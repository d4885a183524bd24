using YamlDotNet.RepresentationModel;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests of the workflows of GitHub Actions, and of the development container.</summary>
[Collection(nameof(Templates))]
public sealed class WorkflowTests(Templates templates)
{
    [Fact]
    public void Sign_in_needs_no_stored_secret()
    {
        var deploy = Workflow("azure-dev.yml");

        Assert.Equal("write", deploy["permissions"]["id-token"].ToString());
        Assert.Contains(Steps(deploy, "deploy"), step => Command(step).Contains("--federated-credential-provider github", StringComparison.Ordinal));
        Assert.DoesNotContain("secrets.AZURE_", File.ReadAllText(Repository.File(".github", "workflows", "azure-dev.yml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Provisioning_gets_every_variable_so_that_none_silently_has_its_default()
    {
        var workflow = Workflow("azure-dev.yml");
        var job = ((YamlMappingNode)workflow["jobs"]["deploy"]["env"]).Children;
        var provision = ((YamlMappingNode)Provision(workflow)["env"]).Children;

        // azd itself sets the id of the deployer.
        Assert.Equal(
            ParametersTests.Variables.Except(["AZURE_PRINCIPAL_ID", "AZURE_PRINCIPAL_TYPE"]).Order(),
            job.Keys.Concat(provision.Keys).Select(name => name.ToString()).Except(["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"]).Order());
    }

    [Fact]
    public void A_secure_parameter_is_a_secret_of_the_repository_and_any_other_a_variable()
    {
        BicepCli.SkipUnlessAvailable();
        var provision = ((YamlMappingNode)Provision(Workflow("azure-dev.yml"))["env"]).Children;
        var secure = ParametersTests.SecureVariables(templates.Minimal);

        Assert.All(provision, pair => Assert.Equal($"${{{{ {(secure.Contains(pair.Key.ToString()) ? "secrets" : "vars")}.{pair.Key} }}}}", pair.Value.ToString()));
    }

    [Fact]
    public async Task A_variable_that_is_missing_in_the_repository_is_not_set_in_azd()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The step is a script for bash on Linux.");
        using var folder = new TemporaryFolder();
        var azd = Path.Combine(folder.Path, "azd");
        await File.WriteAllTextAsync(azd, "#!/bin/sh\necho \"azd $*\"\nenv\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(azd, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var result = await CommandLine.RunAsync("bash", ["-e", "-c", Command(Provision(Workflow("azure-dev.yml")))], folder.Path, new Dictionary<string, string?>
        {
            ["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}",
            ["STORAGE_SKU"] = "",
            ["ALLOWED_HOSTS"] = "a.example.com b.example.com",
        });

        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.StartsWith("azd provision --no-prompt\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("\nALLOWED_HOSTS=a.example.com b.example.com\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("STORAGE_SKU", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_push_runs_the_two_commands_of_the_README_on_three_systems()
    {
        var test = Workflow("ci.yml");
        var readme = File.ReadAllText(Repository.File("README.md"));
        var commands = Steps(test, "test").Select(Command).ToList();

        Assert.Equal(3, ((YamlSequenceNode)test["jobs"]["test"]["strategy"]["matrix"]["os"]).Count());
        Assert.All(["dotnet run --project tests/LocalHost -- demo", "dotnet test tests/WebhookFunctions.Tests"], command =>
        {
            Assert.Contains(command, commands);
            Assert.Contains(command, readme, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_container_for_development_has_the_SDK_of_global_json()
    {
        var options = new System.Text.Json.JsonDocumentOptions { CommentHandling = System.Text.Json.JsonCommentHandling.Skip };
        using var container = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Repository.File(".devcontainer", "devcontainer.json")), options);
        using var sdk = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Repository.File("global.json")));
        var version = Version.Parse(sdk.RootElement.GetProperty("sdk").GetProperty("version").GetString()!);

        Assert.EndsWith($":{version.Major}.{version.Minor}", container.RootElement.GetProperty("image").GetString(), StringComparison.Ordinal);
    }

    private static YamlNode Workflow(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Repository.File(".github", "workflows", file))));
        return stream.Documents[0].RootNode;
    }

    private static IEnumerable<YamlNode> Steps(YamlNode workflow, string job) => (YamlSequenceNode)workflow["jobs"][job]["steps"];

    private static YamlNode Provision(YamlNode workflow) =>
        Steps(workflow, "deploy").Single(step => Command(step).Contains("azd provision", StringComparison.Ordinal));

    private static string Command(YamlNode step) => ((YamlMappingNode)step).Children.TryGetValue("run", out var run) ? run.ToString() : "";
}
