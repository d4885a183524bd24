using System.Text.Json.Nodes;
using LocalHost.Generation;
using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests of the hook that azd runs after provisioning, which start it as azd does: by <c>dotnet run</c>, with the environment's values.</summary>
public sealed class HookTests : IDisposable
{
    private static readonly Dictionary<string, string?> Environment = new()
    {
        ["SERVICE_API_URL"] = "https://func-api-x.azurewebsites.net",
        ["AZURE_RESOURCE_GROUP"] = "rg-x",
        ["AZURE_FUNCTION_NAME"] = "func-api-x",
        ["AZURE_STORAGE_ACCOUNT_NAME"] = "stx",
        ["SERVICE_BUS_NAMESPACE"] = "sb-x.servicebus.windows.net",
        ["DEPLOYER_ACCESS"] = "read",
        ["SYNC_WEBHOOK_SECRET"] = "\"quoted\" \\ secret",
        ["GEMINI_WEBHOOK_SECRET"] = null,
    };

    private readonly TemporaryFolder _project = new();

    public HookTests()
    {
        Directory.CreateDirectory(Path.Combine(_project.Path, "functions"));
        File.Copy(Repository.File("azure.yaml"), Path.Combine(_project.Path, "azure.yaml"));
    }

    private string Settings => Path.Combine(_project.Path, "functions", "local.settings.json");

    [Fact]
    public async Task It_prints_the_addresses_to_register_and_writes_settings_for_local_work()
    {
        var result = await RunAsync(Environment);

        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.All(
            ProviderCards.Read().SelectMany(card => card.Routes.Select(route => route.Mode is null ? card.Name : $"{card.Name}/{route.Mode}")),
            route => Assert.Contains($"https://func-api-x.azurewebsites.net/api/webhooks/{route}  (", result.Output, StringComparison.Ordinal));
        Assert.Contains("/api/webhooks/sync  (on)", result.Output, StringComparison.Ordinal);
        Assert.Contains("/api/webhooks/gemini  (off: azd env set GEMINI_WEBHOOK_SECRET", result.Output, StringComparison.Ordinal);
        Assert.Contains("See the results: https://func-api-x.azurewebsites.net/api/dashboard/", result.Output, StringComparison.Ordinal);
        Assert.Contains("az functionapp keys list --resource-group rg-x --name func-api-x --query functionKeys.default", result.Output, StringComparison.Ordinal);
        Assert.Contains("azd env set DEPLOYER_ACCESS work", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("quoted", result.Everything, StringComparison.Ordinal);

        var values = JsonNode.Parse(await File.ReadAllTextAsync(Settings, TestContext.Current.CancellationToken))!["Values"]!.AsObject();
        Assert.Equal("stx", (string)values[$"{StorageNames.Connection}__accountName"]!);
        Assert.Equal("sb-x.servicebus.windows.net", (string)values[$"{QueueNames.Connection}__fullyQualifiedNamespace"]!);
        Assert.Equal("\"quoted\" \\ secret", (string)values["SYNC_WEBHOOK_SECRET"]!);
        Assert.False(values.ContainsKey("GEMINI_WEBHOOK_SECRET"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Settings));
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("CI", "true")]
    [InlineData("TF_BUILD", "True")]
    [InlineData("GITHUB_ACTIONS", "true")]
    [InlineData("AZURE_PRINCIPAL_TYPE", "ServicePrincipal")]
    public async Task It_prints_the_token_of_an_address_on_a_developers_machine_but_not_in_the_log_of_a_pipeline(string? variable, string? value)
    {
        const string Token = "first-token-of-this-test";
        var environment = new Dictionary<string, string?>(Environment)
        {
            ["CI"] = null, ["TF_BUILD"] = null, ["GITHUB_ACTIONS"] = null, ["AZURE_PRINCIPAL_TYPE"] = "User",
            ["GEMINI_WEBHOOK_TOKEN"] = $"{Token} second-token-of-this-test",
            ["GEMINIGEN_PUBLIC_KEY"] = "-----BEGIN PUBLIC KEY-----",
            ["SYNC_WEBHOOK_TOKEN"] = Token,
        };
        if (variable is not null)
        {
            environment[variable] = value;
        }

        var result = await RunAsync(environment);

        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.Contains(
            variable is null ? $"/api/webhooks/gemini/dynamic?token={Token}  (on)" : "/api/webhooks/gemini/dynamic  (on, with ?token= and the token behind it: azd env get-value GEMINI_WEBHOOK_TOKEN)",
            result.Output,
            StringComparison.Ordinal);
        Assert.Contains("/api/webhooks/geminigen  (on, but weak: azd env set GEMINIGEN_WEBHOOK_TOKEN …, or GEMINIGEN_API_KEY …", result.Output, StringComparison.Ordinal);
        Assert.Contains("/api/webhooks/sync  (on)", result.Output, StringComparison.Ordinal);
        Assert.Equal(variable is null ? 1 : 0, result.Everything.Split("token-of-this-test").Length - 1);
    }

    [Fact]
    public async Task It_does_not_overwrite_existing_settings()
    {
        await File.WriteAllTextAsync(Settings, "mine", TestContext.Current.CancellationToken);

        var result = await RunAsync(Environment);

        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.Equal("mine", await File.ReadAllTextAsync(Settings, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{ "Values": { "AzureWebJobsStorage__accountName": "stother" } }""", true)]
    [InlineData("""{ "Values": { "AzureWebJobsStorage__accountName": "stx" } }""", false)]
    [InlineData("""{ "Values": { "AzureWebJobsStorage": "UseDevelopmentStorage=true" }, /* mine */ }""", false)]
    [InlineData("""{ "Values": [] }""", false)]
    public async Task It_warns_of_settings_of_another_environment(string settings, bool isOther)
    {
        await File.WriteAllTextAsync(Settings, settings, TestContext.Current.CancellationToken);

        var result = await RunAsync(Environment);

        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.Equal(isOther, result.Output.Contains("belongs to another environment, whose storage account is stother", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_reports_that_nothing_was_provisioned()
    {
        var result = await RunAsync(new() { ["SERVICE_API_URL"] = null });

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("azd hooks run postprovision", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private Task<CommandResult> RunAsync(Dictionary<string, string?> environment) =>
        CommandLine.RunAsync("dotnet", ["run", "--file", Repository.File("infra", "hooks", "after-provision.cs")], _project.Path, environment);
}
