using System.Text.RegularExpressions;
using System.Xml.Linq;
using YamlDotNet.Serialization;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Tests of each field of <c>azure.yaml</c>. azd's schema accepts any text for a language or a host, even <c>host: functions</c>, with which azd deploys
/// nothing.
/// </summary>
[Collection(nameof(Templates))]
public sealed partial class AzureYamlTests(Templates templates)
{
    private static readonly string Text = File.ReadAllText(Repository.File("azure.yaml"));

    private static readonly AzureYaml Yaml = new DeserializerBuilder()
        .WithNamingConvention(YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance)
        .Build() // A field without a property below is an error.
        .Deserialize<AzureYaml>(Text);

    [Fact]
    public void An_editor_finds_the_schema() =>
        Assert.StartsWith("# yaml-language-server: $schema=https://raw.githubusercontent.com/Azure/azure-dev/main/schemas/v1.0/azure.yaml.json\n", Text, StringComparison.Ordinal);

    [Fact]
    public void The_name_is_valid_for_azd() => Assert.Matches("^[a-z0-9][a-z0-9-]*[a-z0-9]$", Yaml.Name);

    [Fact]
    public void The_template_has_a_name_and_a_version() => Assert.Matches(@"^webhook-functions@\d+\.\d+\.\d+$", Yaml.Metadata["template"]);

    [Fact]
    public void The_infrastructure_is_Bicep_and_exists()
    {
        Assert.Equal(("bicep", "infra", "main"), (Yaml.Infra["provider"], Yaml.Infra["path"], Yaml.Infra["module"]));
        Assert.True(File.Exists(Repository.File("infra", "main.bicep")));
        Assert.True(File.Exists(Repository.File("infra", "main.parameters.json")));
    }

    [Fact]
    public void The_one_service_is_the_app()
    {
        var (name, service) = Assert.Single(Yaml.Services);

        Assert.Equal("api", name);
        Assert.Equal(("./functions", "csharp", "function"), (service["project"], service["language"], service["host"]));
        Assert.Equal(3, service.Count);

        // azd uses the only project file in the folder, and fails if there are two.
        Assert.Single(Directory.EnumerateFiles(Repository.File("functions"), "*.*proj"));
    }

    [Fact]
    public void azd_has_no_reason_to_edit_the_project_file()
    {
        var project = XDocument.Load(Directory.EnumerateFiles(Repository.File("functions"), "*.csproj").Single());

        // Without an id, azd runs 'dotnet user-secrets init', which edits the project file.
        Assert.NotEmpty(project.Descendants("UserSecretsId").Single().Value);
    }

    [Fact]
    public void The_hooks_file_exists()
    {
        var (name, hook) = Assert.Single(Yaml.Hooks);

        Assert.Equal("postprovision", name);
        Assert.True(File.Exists(Repository.File(hook["run"].Split('/'))));
        Assert.EndsWith(".cs", hook["run"], StringComparison.Ordinal);
        Assert.Equal("true", hook["interactive"]);
    }

    [Fact]
    public void The_pipeline_gets_every_variable_and_the_secure_ones_as_secrets()
    {
        BicepCli.SkipUnlessAvailable();
        var secure = ParametersTests.SecureVariables(templates.Minimal);

        // azd passes the AZURE_ variables itself, and the workflow grants nobody access to the data.
        var others = ParametersTests.Variables.Where(name => name != "DEPLOYER_ACCESS" && !name.StartsWith("AZURE_", StringComparison.Ordinal)).Except(secure);
        Assert.Equal(secure.Order(), Yaml.Pipeline["secrets"].Order());
        Assert.Equal(others.Order(), Yaml.Pipeline["variables"].Order());
    }

    [Fact]
    public void azd_must_be_new_enough_for_the_hook()
    {
        var version = Version.Parse(VersionRange().Match(Yaml.RequiredVersions["azd"]).Groups[1].Value);

        // azd supports hooks in C# since 1.24.0, and 'azd up' shows their output since 1.25.3.
        Assert.True(version >= new Version(1, 25, 3));
    }

    [GeneratedRegex(@"^>= (\d+\.\d+\.\d+)$")]
    private static partial Regex VersionRange();

    private sealed class AzureYaml
    {
        public string Name { get; init; } = "";

        public Dictionary<string, string> Metadata { get; init; } = [];

        public Dictionary<string, string> RequiredVersions { get; init; } = [];

        public Dictionary<string, string> Infra { get; init; } = [];

        public Dictionary<string, Dictionary<string, string>> Services { get; init; } = [];

        public Dictionary<string, Dictionary<string, string>> Hooks { get; init; } = [];

        public Dictionary<string, List<string>> Pipeline { get; init; } = [];
    }
}
