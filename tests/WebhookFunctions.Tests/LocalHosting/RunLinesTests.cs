using LocalHost.Commands;
using LocalHost.Hosting;
using LocalHost.Samples;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using WebhookFunctions.Notifications;
using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;

namespace WebhookFunctions.Tests.LocalHosting;

public sealed class RunLinesTests
{
    private const string Secret = "made-up-for-trying";

    [Fact]
    public void Each_provider_has_a_line_with_its_state_its_address_and_the_setting_that_would_change_it()
    {
        var settings = new Dictionary<string, string> { ["SYNC_WEBHOOK_SECRET"] = Secret, ["GEMINIGEN_WEBHOOK_TOKEN"] = "too/short" };

        var lines = Lines(settings, RunLines.OfProviders);

        Assert.Contains("Provider sync: on, http://127.0.0.1:7071/api/webhooks/sync", lines);
        Assert.Contains(lines, line => line.StartsWith("Provider replicate: off, http://127.0.0.1:7071/api/webhooks/replicate (set REPLICATE_WEBHOOK_SECRET", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("Provider geminigen: off, ", StringComparison.Ordinal) && line.Contains("GEMINIGEN_WEBHOOK_TOKEN", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("too/short", StringComparison.Ordinal) || line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void If_a_provider_is_on_a_sample_of_it_is_suggested()
    {
        var settings = new Dictionary<string, string> { ["SYNC_WEBHOOK_SECRET"] = Secret };

        Assert.Contains(Lines(settings, RunLines.ToTry), line => line.EndsWith(" -- send sync COMPLETED", StringComparison.Ordinal));
    }

    [Fact]
    public void The_suggested_commands_name_a_port_that_is_not_the_default()
    {
        var settings = new Dictionary<string, string> { ["SYNC_WEBHOOK_SECRET"] = Secret };

        var lines = Lines(settings, RunLines.ToTry, "http://127.0.0.1:8123/");

        Assert.Equal(2, lines.Count(line => line.EndsWith(" --url http://127.0.0.1:8123", StringComparison.Ordinal)));
    }

    [Fact]
    public void If_no_provider_is_on_run_and_send_are_suggested_with_the_same_new_secret()
    {
        var commands = Lines([], RunLines.ToTry).Where(line => line.Contains("dotnet run", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, commands.Count);
        var environments = commands.ConvertAll(command => command[..command.IndexOf("dotnet run", StringComparison.Ordinal)]);
        Assert.Equal(environments[0], environments[1]);
        Assert.Contains(ProviderSamples.All, samples => samples.EnablingSettings.Any(setting => environments[0].Contains(setting, StringComparison.Ordinal)));
        Assert.NotEqual(commands, Lines([], RunLines.ToTry).Where(line => line.Contains("dotnet run", StringComparison.Ordinal)));
    }

    [Fact]
    public void If_every_provider_has_invalid_settings_nothing_is_suggested()
    {
        // Every secret is too short.
        var settings = ProviderSamples.All.Where(samples => samples.PrivateKeySetting is null).SelectMany(samples => samples.NewKeys().Settings.Keys).ToDictionary(name => name, _ => "x");

        Assert.Empty(Lines(settings, RunLines.ToTry));
    }

    [Fact]
    public void Each_invalid_setting_of_notifications_has_a_line()
    {
        var configuration = new ConfigurationManager { ["Notify:Url"] = "https://example.com/x", ["Notify:LinkMinutes"] = "many" };

        var lines = new NotifySettings(configuration, Options.Create(new OutboundOptions())).ProblemLines;

        Assert.Equal(
            [
                "Notifications are not sent as configured: setting Notify__Secret is missing: Notify__Url is set, and each webhook is signed",
                "Notifications are not sent as configured: setting Notify__LinkMinutes is not a number of minutes from 0 to 1440",
            ],
            lines);
    }

    [Theory]
    [InlineData("Assets__RestrictToAllowedHosts", "yes")]
    [InlineData("Assets__AllowedHosts", "https://cdn.example")]
    [InlineData("Assets__MaxDownloads", "0")]
    public async Task The_app_does_not_start_with_an_invalid_value_and_the_error_names_the_setting(string setting, string value)
    {
        var error = await Assert.ThrowsAsync<LocalHostException>(() => LocalHostApp.StartAsync(
            new LocalHostOptions { Settings = new Dictionary<string, string> { ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true", [setting] = value } },
            TestContext.Current.CancellationToken));

        Assert.StartsWith("A setting is invalid: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(setting.Split("__")[1], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "99999")]
    [InlineData("--port", "-1")]
    [InlineData("--amqp", "65536")]
    public async Task An_invalid_port_is_refused_in_one_line(string option, string port)
    {
        await using var run = LocalHostProcess.Start(new Dictionary<string, string>(), "run", option, port);

        Assert.Equal(1, await run.ExitCodeAsync());
        Assert.StartsWith($"{option} {port} is not a port", Assert.Single(run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static List<string> Lines(
        Dictionary<string, string> settings,
        Func<ProviderCatalog, IReadOnlyDictionary<string, string>, Uri, IEnumerable<string>> lines,
        string app = "http://127.0.0.1:7071/")
    {
        using var bench = new ProviderBench([.. settings.Select(setting => (setting.Key, (string?)setting.Value))]);
        return [.. lines(bench.Catalog, settings, new Uri(app))];
    }
}
