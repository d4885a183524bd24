using System.Diagnostics;
using System.Diagnostics.Metrics;
using WebhookFunctions.Model;

namespace WebhookFunctions.Telemetry;

/// <summary>The app's instruments. Units follow the UCUM spelling that OpenTelemetry asks for.</summary>
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
        _received = meter.CreateCounter<long>("webhooks.received", "{webhook}", "Webhooks that were verified and lie on the queue.");
        _rejected = meter.CreateCounter<long>("webhooks.rejected", "{webhook}", "Rejected webhooks.");
        _duplicates = meter.CreateCounter<long>("webhooks.duplicates", "{webhook}", "Webhooks whose event was recorded before.");
        _recorded = meter.CreateCounter<long>("events.recorded", "{event}", "Events that were recorded, by how far they are proven.");
        _enqueueDuration = meter.CreateHistogram<double>("webhooks.enqueue.duration", "s", "Time until the queue had accepted a webhook.");
        _oldestUnfinished = meter.CreateGauge<double>("events.oldest_unfinished.age", "s", "Age of the oldest event that has not ended.");
        _assetsFinished = meter.CreateCounter<long>("assets.finished", "{asset}", "Assets that ended, by outcome.");
        _assetBytes = meter.CreateCounter<long>("assets.bytes", "By", "Bytes of assets that were stored.");
        _downloadDuration = meter.CreateHistogram<double>("assets.download.duration", "s", "Time of the downloads that ended in a blob.");
        _downloadRate = meter.CreateHistogram<double>("assets.download.rate", "By/s", "Rate of the downloads that ended in a blob.");
        _linkRenewals = meter.CreateCounter<long>("links.renewals", "{renewal}", "New links that a provider's API was asked for, by outcome.");
        _assetWaits = meter.CreateCounter<long>("assets.waits", "{wait}", "Messages of assets that were scheduled again to wait, by what for.");
        _assetRetries = meter.CreateCounter<long>("assets.retries", "{retry}", "Attempts at an asset that failed and are made again.");
        _redriven = meter.CreateCounter<long>("messages.redriven", "{message}", "Messages that the broker itself had dead-lettered and that were sent again.");
        _notificationsFinished = meter.CreateCounter<long>("notifications.finished", "{notification}", "Notifications that ended, by outcome.");
        _notificationRetries = meter.CreateCounter<long>("notifications.retries", "{retry}", "Attempts at a notification that failed and are made again.");
        _notificationDuration = meter.CreateHistogram<double>("notifications.duration", "s", "Time of the attempts at a notification.");
        _deadLettered = meter.CreateCounter<long>("messages.dead_lettered", "{message}", "Messages that were given to the dead letters.");
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

    /// <summary>Counts an event that was recorded. A delivery that repeats the work of one that died counts again.</summary>
    public void Recorded(string provider, Assurance assurance) => _recorded.Add(1, Provider(provider), new("assurance", assurance.ToString()));

    public void OldestUnfinished(TimeSpan age) => _oldestUnfinished.Record(age.TotalSeconds);

    /// <summary>An asset ended in a blob.</summary>
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

    /// <summary>Counts a new link that was asked for.</summary>
    /// <param name="provider">The provider whose API answered.</param>
    /// <param name="isRenewed">Whether it gave one.</param>
    public void LinkRenewed(string provider, bool isRenewed) => _linkRenewals.Add(1, Provider(provider), new("outcome", isRenewed ? "renewed" : "none"));

    /// <summary>Counts an asset's message that was scheduled again because the asset waits.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="reason">What it waits for: <c>slot</c>, or <c>suspect</c> for its turn as one.</param>
    public void Waits(string provider, string reason) => _assetWaits.Add(1, Provider(provider), new("reason", reason));

    /// <summary>An asset ended without a blob.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="reason">The dead letter's reason.</param>
    public void Failed(string provider, string reason) =>
        _assetsFinished.Add(1, new TagList { Provider(provider), new("outcome", "failed"), new("reason", reason) });

    public void Retried(string provider, string reason) => _assetRetries.Add(1, Provider(provider), new("reason", reason));

    /// <summary>A notification ended.</summary>
    /// <param name="target">The target's kind: what its name begins with.</param>
    /// <param name="outcome">How.</param>
    /// <param name="reason">The dead letter's reason; null where it did not fail.</param>
    public void NotificationEnded(string target, NotificationState outcome, string? reason) => _notificationsFinished.Add(
        1, new TagList { new("target", target), new("outcome", outcome.ToString().ToLowerInvariant()), new("reason", reason ?? "") });

    /// <summary>An attempt at a notification failed, and is made again.</summary>
    public void NotificationRetried(string target, string reason) =>
        _notificationRetries.Add(1, new KeyValuePair<string, object?>("target", target), new("reason", reason));

    /// <summary>An attempt at a notification took so long.</summary>
    public void NotificationAttempted(string target, TimeSpan duration) =>
        _notificationDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("target", target));

    public void DeadLettered(string queue, string reason) => _deadLettered.Add(1, new KeyValuePair<string, object?>("queue", queue), new("reason", reason));

    /// <summary>Counts a message that was sent again after the broker itself had dead-lettered it.</summary>
    public void Redriven(string queue, string reason) => _redriven.Add(1, new KeyValuePair<string, object?>("queue", queue), new("reason", reason));

    private static KeyValuePair<string, object?> Provider(string provider) => new("provider", provider);
}
