using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Telemetry;

public sealed class WebhookMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<WebhookMetrics>().BuildServiceProvider();
    private readonly Measurements _measured;

    public WebhookMetricsTests() => _measured = new Measurements(_services.GetRequiredService<IMeterFactory>());

    public static TheoryData<string, Action<WebhookMetrics>, string[]> Cases => new()
    {
        {
            "received",
            metrics => metrics.Received("gemini", TimeSpan.FromMilliseconds(250)),
            ["webhooks.received {webhook} 1 provider=gemini", "webhooks.enqueue.duration s 0.25 provider=gemini"]
        },
        {
            "refused",
            metrics => metrics.Rejected("sync", RejectionReason.WrongSignature),
            ["webhooks.rejected {webhook} 1 provider=sync reason=WrongSignature"]
        },
        { "too large", metrics => metrics.Rejected("sync", RejectionReason.BodyTooLarge), ["webhooks.rejected {webhook} 1 provider=sync reason=BodyTooLarge"] },
        { "duplicate", metrics => metrics.Duplicate("gemini"), ["webhooks.duplicates {webhook} 1 provider=gemini"] },
        { "recorded", metrics => metrics.Recorded("sync", Assurance.Confirmed), ["events.recorded {event} 1 assurance=Confirmed provider=sync"] },
        { "renewed", metrics => metrics.LinkRenewed("sync", true), ["links.renewals {renewal} 1 outcome=renewed provider=sync"] },
        { "not renewed", metrics => metrics.LinkRenewed("sync", false), ["links.renewals {renewal} 1 outcome=none provider=sync"] },
        { "waits", metrics => metrics.Waits("sync", "slot"), ["assets.waits {wait} 1 provider=sync reason=slot"] },
        { "oldest", metrics => metrics.OldestUnfinished(TimeSpan.FromHours(2)), ["events.oldest_unfinished.age s 7200"] },
        {
            "stored",
            metrics => metrics.Stored("gemini", 4096, TimeSpan.FromSeconds(2)),
            [
                "assets.finished {asset} 1 outcome=stored provider=gemini",
                "assets.bytes By 4096 provider=gemini",
                "assets.download.duration s 2 provider=gemini",
                "assets.download.rate By/s 2048 provider=gemini",
            ]
        },
        { "failed", metrics => metrics.Failed("gemini", "NotFound"), ["assets.finished {asset} 1 outcome=failed provider=gemini reason=NotFound"] },
        { "retried", metrics => metrics.Retried("gemini", "Timeout"), ["assets.retries {retry} 1 provider=gemini reason=Timeout"] },
        {
            "dead-lettered",
            metrics => metrics.DeadLettered("asset-downloads", "NotFound"),
            ["messages.dead_lettered {message} 1 queue=asset-downloads reason=NotFound"]
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_outcome_is_recorded_by_an_instrument_with_the_expected_name_and_unit(string outcome, Action<WebhookMetrics> record, string[] expected)
    {
        record(_services.GetRequiredService<WebhookMetrics>());

        Assert.True(expected.SequenceEqual(_measured.All.Select(measured => measured.ToString())), $"{outcome}: {string.Join(" | ", _measured.All)}");
    }

    [Fact]
    public void Every_instrument_has_a_description()
    {
        var metrics = _services.GetRequiredService<WebhookMetrics>();
        foreach (var (_, record, _) in Cases.Select(row => row.Data))
        {
            record(metrics);
        }

        Assert.Equal(14, _measured.All.Select(measured => measured.Instrument.Name).Distinct().Count());
        Assert.All(_measured.All, measured => Assert.False(string.IsNullOrEmpty(measured.Instrument.Description)));
    }

    public void Dispose()
    {
        _measured.Dispose();
        _services.Dispose();
    }
}
