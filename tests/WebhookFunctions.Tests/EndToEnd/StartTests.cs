using Microsoft.Extensions.Logging;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of the log lines about the providers at the start, before any request.</summary>
public sealed class StartTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task The_log_at_the_start_names_invalid_settings_and_weak_providers_but_no_values()
    {
        await using var app = await StartAsync(("GEMINI_WEBHOOK_TOKEN", "too/short"), ("Notify__LinkMinutes", "many"));

        Assert.Equal(
            "Provider geminigen is weak. The signature alone does not prove its events, which stay unconfirmed: set GEMINIGEN_WEBHOOK_TOKEN or GEMINIGEN_API_KEY.",
            Assert.Single(await WeakAsync(app)));
        Assert.Equal(
            "Provider gemini is off: setting GEMINI_WEBHOOK_TOKEN is too short: a token has at least 16 characters",
            Assert.Single(await LinesAsync(app, line => line.Level == LogLevel.Error && line.Text.StartsWith("Provider", StringComparison.Ordinal))));
        Assert.StartsWith(
            "Notifications are not sent as configured: setting Notify__LinkMinutes ",
            Assert.Single(await LinesAsync(app, line => line.Level == LogLevel.Error && line.Text.StartsWith("Notifications", StringComparison.Ordinal))),
            StringComparison.Ordinal);
        Assert.DoesNotContain(app.Logs.Lines, line => line.Text.Contains("too/short", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GEMINIGEN_WEBHOOK_TOKEN", SampleSettings.Token)]
    [InlineData("GEMINIGEN_API_KEY", "any-key")]
    public async Task A_provider_with_proven_events_is_not_called_weak(string setting, string value)
    {
        // The log names the providers in order, so GeminiGen would come before the line about Gemini.
        await using var app = await StartAsync((setting, value), ("GEMINI_WEBHOOK_AUDIENCE", SampleSettings.Audience));

        Assert.Contains("Provider gemini is weak", Assert.Single(await WeakAsync(app)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dynamic_webhooks_with_only_an_audience_are_weak()
    {
        await using var app = await StartAsync(("GEMINI_WEBHOOK_AUDIENCE", SampleSettings.Audience), ("GEMINIGEN_WEBHOOK_TOKEN", SampleSettings.Token));

        Assert.Contains("Provider gemini is weak", Assert.Single(await WeakAsync(app)), StringComparison.Ordinal);
    }

    private static Task<List<string>> WeakAsync(RunningApp app) =>
        LinesAsync(app, line => line.Level == LogLevel.Warning && line.Text.Contains("weak", StringComparison.Ordinal));

    // The worker's log may reach the host a little after the worker is ready.
    private static Task<List<string>> LinesAsync(RunningApp app, Func<LogLine, bool> isWanted) => Eventually.GetAsync(
        () => Task.FromResult(app.Logs.Lines.Where(isWanted).Select(line => line.Text.Trim()).ToList()), lines => lines.Count > 0, "The line in the log");

    private async Task<RunningApp> StartAsync(params IEnumerable<(string Name, string Value)> settings) =>
        await RunningApp.StartWithAsync(await azurite.NewAccountAsync(), settings);
}
