using LocalHost.Hosting;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class AzdEnvironmentTests
{
    private const string Config = """{"version":1,"defaultEnvironment":"staging"}""";

    [Theory]
    [InlineData("ststaging", null)]
    [InlineData("STSTAGING", null)]
    [InlineData(null, null)]
    [InlineData("stother", "The settings belong to another environment, whose storage account is stother; azd's environment staging has ststaging.")]
    public void Settings_of_another_environment_cause_a_warning(string? account, string? warning)
    {
        using var project = Project(Config, "AZURE_LOCATION=\"westeurope\"\nAZURE_STORAGE_ACCOUNT_NAME=\"ststaging\"\n");
        var settings = account is null ? [] : new Dictionary<string, string> { [AzdEnvironment.AccountSetting] = account };

        var difference = AzdEnvironment.Find(project.Path)!.Differs(settings);

        if (warning is null)
        {
            Assert.Null(difference);
        }
        else
        {
            Assert.StartsWith(warning, difference, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("""{"version":1}""", null)]
    [InlineData("""{"defaultEnvironment":7}""", null)]
    [InlineData(Config, null)]
    [InlineData(Config, "AZURE_LOCATION=\"westeurope\"\n")]
    [InlineData(Config, "AZURE_STORAGE_ACCOUNT_NAME=\"\"\n")]
    public void Without_a_provisioned_environment_there_is_none(string? config, string? variables)
    {
        using var project = Project(config, variables);

        Assert.Null(AzdEnvironment.Find(project.Path));
    }

    private static TemporaryDirectory Project(string? config, string? variables)
    {
        var project = new TemporaryDirectory();
        var folder = Directory.CreateDirectory(Path.Combine(project.Path, ".azure", "staging"));
        if (config is not null)
        {
            File.WriteAllText(Path.Combine(folder.Parent!.FullName, "config.json"), config);
        }

        if (variables is not null)
        {
            File.WriteAllText(Path.Combine(folder.FullName, ".env"), variables);
        }

        return project;
    }
}
