using System.Diagnostics;
using System.Diagnostics.Metrics;
using WebhookFunctions.Model;

namespace WebhookFunctions.Telemetry;

/// <summary>Instruments of the app. Units follow the UCUM spelling that OpenTelemetry requires.</summary>
public sealed class WebhookMetrics
{
    public const string MeterName = "WebhookFunctions";

    private readonly Counter<long> _received;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _recorded;
    private readonly Histogram<double> _enqueueDuration;
    private readonly Gauge<double> _oldestUnfinished;
    private readonly Counter<long> _assetsFinished;
    private readonly Counter<long> _assetBytes;
    private readonly Histogram<double> _downloadDuration;
    private readonly Histogram<double> _downloadRate;
    private readonly Counter<long> _linkRenewals;
    private readonly Counter<long> _assetWaits;
    private readonly Counter<long> _assetRetries;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _notificationsFinished;
    private readonly Counter<long> _notificationRetries;
    private readonly Histogram<double> _notificationDuration;
    private readonly Counter<long> _redriven;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _received = meter.CreateCounter<long>("webhooks.received", "{webhook}", "Webhooks that were verified and enqueued.");
        _rejected = meter.CreateCounter<long>("webhooks.rejected", "{webhook}", "Rejected webhooks.");
        _duplicates = meter.CreateCounter<long>("webhooks.duplicates", "{webhook}", "Webhooks whose event was already recorded.");
        _recorded = meter.CreateCounter<long>("events.recorded", "{event}", "Events that were recorded, by how far they are proven.");
        _enqueueDuration = meter.CreateHistogram<double>("webhooks.enqueue.duration", "s", "Time until the queue accepted a webhook.");
        _oldestUnfinished = meter.CreateGauge<double>("events.oldest_unfinished.age", "s", "Age of the oldest event that has not ended.");
        _assetsFinished = meter.CreateCounter<long>("assets.finished", "{asset}", "Assets that ended, by outcome.");
        _assetBytes = meter.CreateCounter<long>("assets.bytes", "By", "Bytes of the stored assets.");
        _downloadDuration = meter.CreateHistogram<double>("assets.download.duration", "s", "Duration of successful downloads.");
        _downloadRate = meter.CreateHistogram<double>("assets.download.rate", "By/s", "Rate of successful downloads.");
        _linkRenewals = meter.CreateCounter<long>("links.renewals", "{renewal}", "Requests for a new link to a provider's API, by outcome.");
        _assetWaits = meter.CreateCounter<long>("assets.waits", "{wait}", "Messages of assets that were scheduled again because the asset waits, by reason.");
        _assetRetries = meter.CreateCounter<long>("assets.retries", "{retry}", "Failed download attempts that are retried.");
        _redriven = meter.CreateCounter<long>("messages.redriven", "{message}", "Messages that were re-driven after the broker had dead-lettered them.");
        _notificationsFinished = meter.CreateCounter<long>("notifications.finished", "{notification}", "Notifications that ended, by outcome.");
        _notificationRetries = meter.CreateCounter<long>("notifications.retries", "{retry}", "Failed notification attempts that are retried.");
        _notificationDuration = meter.CreateHistogram<double>("notifications.duration", "s", "Duration of notification attempts.");
        _deadLettered = meter.CreateCounter<long>("messages.dead_lettered", "{message}", "Messages that were dead-lettered.");
    }

    public void Received(string provider, TimeSpan enqueueDuration)
    {
        var tag = Provider(provider);
        _received.Add(1, tag);
        _enqueueDuration.Record(enqueueDuration.TotalSeconds, tag);
    }

    /// <summary>Counts a rejected webhook.</summary>
    public void Rejected(string provider, RejectionReason reason) => _rejected.Add(1, Provider(provider), new("reason", reason.ToString()));

    public void Duplicate(string provider) => _duplicates.Add(1, Provider(provider));

    /// <summary>Counts a recorded event. A delivery that repeats the work of a crashed one counts again.</summary>
    public void Recorded(string provider, Assurance assurance) => _recorded.Add(1, Provider(provider), new("assurance", assurance.ToString()));

    public void OldestUnfinished(TimeSpan age) => _oldestUnfinished.Record(age.TotalSeconds);

    /// <summary>Counts a stored asset.</summary>
    public void Stored(string provider, long bytes, TimeSpan duration)
    {
        var tag = Provider(provider);
        _assetsFinished.Add(1, tag, new("outcome", "stored"));
        _assetBytes.Add(bytes, tag);
        _downloadDuration.Record(duration.TotalSeconds, tag);
        if (duration > TimeSpan.Zero)
        {
            _downloadRate.Record(bytes / duration.TotalSeconds, tag);
        }
    }

    /// <summary>Counts a request for a new link.</summary>
    /// <param name="provider">The provider whose API answered.</param>
    /// <param name="isRenewed">Whether the API returned one.</param>
    public void LinkRenewed(string provider, bool isRenewed) => _linkRenewals.Add(1, Provider(provider), new("outcome", isRenewed ? "renewed" : "none"));

    /// <summary>Counts an asset's message that was scheduled again because the asset waits.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="reason">What it waits for: <c>slot</c> for a download slot, or <c>suspect</c> for its turn as a suspect.</param>
    public void Waits(string provider, string reason) => _assetWaits.Add(1, Provider(provider), new("reason", reason));

    /// <summary>Counts an asset that ended without a blob.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="reason">The dead letter's reason.</param>
    public void Failed(string provider, string reason) =>
        _assetsFinished.Add(1, new TagList { Provider(provider), new("outcome", "failed"), new("reason", reason) });

    public void Retried(string provider, string reason) => _assetRetries.Add(1, Provider(provider), new("reason", reason));

    /// <summary>Counts a notification that ended.</summary>
    /// <param name="target">The target's kind, which its name begins with.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="reason">The dead letter's reason; null if it did not fail.</param>
    public void NotificationEnded(string target, NotificationState outcome, string? reason) => _notificationsFinished.Add(
        1, new TagList { new("target", target), new("outcome", outcome.ToString().ToLowerInvariant()), new("reason", reason ?? "") });

    /// <summary>Counts a failed attempt at a notification that is retried.</summary>
    public void NotificationRetried(string target, string reason) =>
        _notificationRetries.Add(1, new KeyValuePair<string, object?>("target", target), new("reason", reason));

    /// <summary>Records the duration of an attempt at a notification.</summary>
    public void NotificationAttempted(string target, TimeSpan duration) =>
        _notificationDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("target", target));

    public void DeadLettered(string queue, string reason) => _deadLettered.Add(1, new KeyValuePair<string, object?>("queue", queue), new("reason", reason));

    /// <summary>Counts a message that was re-driven after the broker had dead-lettered it.</summary>
    public void Redriven(string queue, string reason) => _redriven.Add(1, new KeyValuePair<string, object?>("queue", queue), new("reason", reason));

    private static KeyValuePair<string, object?> Provider(string provider) => new("provider", provider);
}
