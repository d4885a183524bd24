using WebhookFunctions.Model;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests of the sweep's rules for single items. Times are in minutes from now; null means a missing column.</summary>
public sealed class StalledEventDetectorTests
{
    private const string Work = "gemini:id asset:00000";

    private static readonly DateTimeOffset Now = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("its message was purged", AssetState.Pending, -60, null, null, -60, false, true, true)]
    [InlineData("its worker died and its message was purged", AssetState.Downloading, -60, -59, null, -60, false, true, true)]
    [InlineData("its retry was purged", AssetState.Retrying, -90, null, -60, -90, false, true, true)]
    [InlineData("it waits in a live backlog", AssetState.Pending, -600, null, null, -600, true, true, false)]
    [InlineData("its message is the oldest of a long backlog, younger than its row", AssetState.Pending, -20, null, null, -20, true, true, false)]
    [InlineData("it waits for a slot and its row does not show it yet", AssetState.Pending, -20, null, null, -20, true, true, false)]
    [InlineData("it waits for a slot and its row shows it", AssetState.Pending, -2, null, 0, -600, true, true, false)]
    [InlineData("storage was unavailable for an hour, and its message is scheduled", AssetState.Downloading, -90, -89, null, -90, true, true, false)]
    [InlineData("its message was dead-lettered and is re-driven, scheduled", AssetState.Pending, -600, null, 50, -600, true, true, false)]
    [InlineData("its next attempt is late", AssetState.Retrying, -30, null, 30, -30, false, true, false)]
    [InlineData("its next attempt was just due", AssetState.Retrying, -70, null, -10, -70, false, true, false)]
    [InlineData("a worker has its lease", AssetState.Downloading, -600, 1, null, -600, false, true, false)]
    [InlineData("a worker has not renewed its lease for some minutes", AssetState.Downloading, -600, -14, null, -600, false, true, false)]
    [InlineData("it is recent", AssetState.Pending, -14, null, null, -14, false, true, false)]
    [InlineData("others of its event ended just now", AssetState.Pending, -600, null, null, -1, false, true, false)]
    [InlineData("its queue is too long to be read", AssetState.Pending, -600, null, null, -600, false, false, false)]
    [InlineData("the clock of the instance that wrote it is ahead", AssetState.Pending, 10, null, null, 10, false, true, false)]
    [InlineData("the clock of the instance that wrote it is behind", AssetState.Pending, -12, null, null, -12, false, true, false)]
    [InlineData("its row has the time of an old wait", AssetState.Downloading, -5, -4, -300, -300, false, true, false)]
    public void An_asset_is_orphaned_only_if_it_is_overdue_and_has_no_message(
        string why, AssetState state, int updated, int? leaseExpiry, int? next, int eventUpdated, bool isQueued, bool isComplete, bool isStalled)
    {
        var row = new AssetRow { State = state, UpdatedAt = At(updated), LeaseExpiresAt = At(leaseExpiry), NextAttemptAt = At(next) };
        var activity = StalledEventDetector.LastActivity(row, Event(eventUpdated, null));

        var result = StalledEventDetector.IsStalled(activity, Now, Work, new QueueContents(isQueued ? new HashSet<string> { Work } : [], isComplete));

        Assert.True(result == isStalled, why);
    }

    [Theory]
    [InlineData(-60, null, false, true, true)]
    [InlineData(-60, null, true, true, false)]
    [InlineData(-60, -20, false, true, true)]
    [InlineData(-60, -10, false, true, false)]
    [InlineData(-60, 600, false, true, false)]
    [InlineData(-14, null, false, true, false)]
    [InlineData(-600, null, false, false, false)]
    public void The_rule_for_events_is_the_same_by_row_and_queue(int updated, int? next, bool isQueued, bool isComplete, bool isStalled) =>
        Assert.Equal(isStalled, StalledEventDetector.IsStalled(
            StalledEventDetector.LastActivity(Event(updated, next)),
            Now,
            Work,
            new QueueContents(isQueued ? new HashSet<string> { Work } : [], isComplete)));

    [Theory]
    [InlineData(-60, 15)]
    [InlineData(-1, 15)]
    [InlineData(40, 55)]
    public void The_next_check_is_no_earlier_than_the_time_at_which_the_item_can_be_orphaned(int activity, int next) =>
        Assert.Equal(At(next), StalledEventDetector.NextCheck(At(activity), Now));

    [Theory]
    [InlineData(EventState.Downloading, true, AssetState.Stored, AssetState.Failed, AssetState.Recorded)]
    [InlineData(EventState.Downloading, false, AssetState.Stored, AssetState.Retrying)]
    [InlineData(EventState.Downloading, false, AssetState.Pending)]
    [InlineData(EventState.Received, false, AssetState.Stored)]
    public void An_event_that_is_downloading_has_ended_with_the_last_of_its_assets(EventState state, bool haveEnded, params AssetState[] assets) =>
        Assert.Equal(haveEnded, StalledEventDetector.HaveAllEnded(state, [.. assets.Select(each => new AssetRow { State = each })]));

    [Theory]
    [InlineData(-20, true, true)]
    [InlineData(-20, false, false)]
    [InlineData(-24 * 60, false, false)]
    [InlineData((-24 * 60) - 1, false, true)]
    public void Work_that_cannot_be_sent_again_is_lost_at_once_or_if_the_cause_may_pass_after_a_day(int activity, bool isDefinite, bool isLost) =>
        Assert.Equal(isLost, StalledEventDetector.IsLost(At(activity), Now, isDefinite));

    [Theory]
    [InlineData("an asset of the event itself", 1, AssetState.Pending, false)]
    [InlineData("an asset of a manifest that waits", 10_000, AssetState.Pending, true)]
    [InlineData("an asset of a manifest that is being read", 10_001, AssetState.Downloading, true)]
    [InlineData("an asset of a manifest that is retried", 20_000, AssetState.Retrying, true)]
    [InlineData("an asset of a stored manifest", 10_000, AssetState.Stored, false)]
    [InlineData("an asset of a manifest that failed", 10_000, AssetState.Failed, false)]
    public void Only_an_asset_of_a_manifest_that_has_not_ended_may_still_be_named(string what, int number, AssetState manifest, bool mayBeNamed)
    {
        var asset = new AssetRow { RowKey = AssetRow.KeyOf(number) };

        var result = StalledEventDetector.MayStillBeNamed(asset, [new AssetRow { RowKey = AssetRow.KeyOf(0), State = manifest }, asset]);

        Assert.True(result == mayBeNamed, what);
    }

    private static DateTimeOffset At(int minutes) => Now + TimeSpan.FromMinutes(minutes);

    private static DateTimeOffset? At(int? minutes) => minutes is { } some ? At(some) : null;

    private static EventRow Event(int updated, int? next)
    {
        var entity = new Azure.Data.Tables.TableEntity("gemini:id", EventRow.Key) { [nameof(EventRow.UpdatedAt)] = At(updated) };
        if (next is { } some)
        {
            entity[nameof(EventRow.NextAttemptAt)] = At(some);
        }

        return new EventRow(entity);
    }
}
