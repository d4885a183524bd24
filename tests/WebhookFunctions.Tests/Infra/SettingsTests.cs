using System.Text.RegularExpressions;
using FunctionsHost.Http;
using LocalHost.Generation;
using LocalHost.Hosting;
using WebhookFunctions.Downloading;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Receiving;
using WebhookFunctions.Recording;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests that settings have the same names in the template, in the code, in the README and in the sample.</summary>
[Collection(nameof(Templates))]
public sealed partial class SettingsTests(Templates templates)
{
    [Fact]
    public void The_providers_settings_in_the_template_are_those_that_the_code_reads()
    {
        BicepCli.SkipUnlessAvailable();
        var cards = ProviderCards.Read();
        var template = templates.Minimal.Settings.Select(setting => setting.Key)
            .Where(name => cards.Any(card => name.StartsWith(card.Name.ToUpperInvariant() + "_", StringComparison.Ordinal)));

        Assert.Equal(ProviderRegions.Deployed(cards).Select(setting => setting.Name).Order(), template.Order());
    }

    [Fact]
    public void The_settings_of_options_are_properties_of_the_options_classes()
    {
        BicepCli.SkipUnlessAvailable();
        var options = new[]
            {
                (ReceiveOptions.Section, typeof(ReceiveOptions)), (AssetOptions.Section, typeof(AssetOptions)), (AssetHostOptions.Section, typeof(AssetHostOptions)),
                (RetentionOptions.Section, typeof(RetentionOptions)),
            }
            .SelectMany(section => section.Item2.GetProperties().Select(property => $"{section.Section}__{property.Name}"));
        var template = templates.Minimal.Settings.Select(setting => setting.Key).Where(name => name.Split("__")[0] is ReceiveOptions.Section or AssetOptions.Section or RetentionOptions.Section).ToList();

        Assert.NotEmpty(template);
        Assert.Subset(options.ToHashSet(), template.ToHashSet());
    }

    [Fact]
    public void The_README_of_settings_lists_every_setting_of_the_template()
    {
        BicepCli.SkipUnlessAvailable();
        var page = InBackticks().Matches(File.ReadAllText(Repository.File("functions", "Settings", "README.md"))).Select(match => match.Groups[1].Value).ToHashSet();
        var template = templates.Minimal.Settings.Select(setting => setting.Key).Where(name => !PlatformSetting().IsMatch(name));

        Assert.Empty(template.Except(page));
    }

    [Fact]
    public void The_sample_has_only_settings_of_the_README_and_of_Core_Tools()
    {
        var page = InBackticks().Matches(File.ReadAllText(Repository.File("functions", "Settings", "README.md"))).Select(match => match.Groups[1].Value).ToHashSet();
        using var sample = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Repository.File("local.settings.sample.json")));
        var names = sample.RootElement.GetProperty("Values").EnumerateObject().Select(setting => setting.Name);

        Assert.Empty(names.Except(page).Except(["FUNCTIONS_WORKER_RUNTIME", "AZURE_FUNCTIONS_ENVIRONMENT"]));
    }

    [Fact]
    public void The_sample_limits_the_host_as_a_deployment_does()
    {
        using var sample = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Repository.File("local.settings.sample.json")));
        var values = sample.RootElement.GetProperty("Values");

        Assert.Equal(HostLimits.BodyLimit(new Dictionary<string, string>()), values.GetProperty(HttpFront.BodySizeSetting).GetString());
        Assert.Equal("true", values.GetProperty("AzureWebJobsDisableHomepage").GetString());
    }

    [GeneratedRegex("^(?:APPLICATIONINSIGHTS_|AzureWebJobsStorage__|ServiceBusConnection__)")]
    private static partial Regex PlatformSetting();

    [GeneratedRegex("`([A-Za-z0-9_]+)`")]
    private static partial Regex InBackticks();
}
