using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Row <c>event</c> of table <c>WebhookEvents</c> that describes an event. Columns that a provider added are kept through every
/// change.</summary>
public sealed class EventRow(TableEntity entity)
{
    public const string Key = "event";

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    public TableEntity Entity { get; } = entity;

    /// <summary>The state as last read from or written to the table; null for a new row.</summary>
    public EventState? PersistedState { get; private set; } =
        entity.TryGetValue(nameof(State), out var state) ? KnownValue.Parse<EventState>((string)state) : null;

    /// <summary>Whether nothing was left to do, by the row as last read from or written to the table; null for a new row.</summary>
    public bool? PersistedIsFinished { get; private set; } = entity.TryGetValue(nameof(State), out var persisted)
        ? KnownValue.Parse<EventState>((string)persisted).IsFinal() && (entity.GetInt32(nameof(NotificationsPending)) ?? 0) == 0
        : null;

    public string PartitionKey => Entity.PartitionKey;

    public ETag ETag => Entity.ETag;

    public string Provider => Entity.GetString(nameof(Provider));

    public string WebhookId => Entity.GetString(nameof(WebhookId));

    /// <summary>Returns the event's key.</summary>
    public EventKey ToKey() => EventKey.FromPartitionKey(WebhookId, PartitionKey);

    public SignatureCoverage Coverage => KnownValue.Parse<SignatureCoverage>(Entity.GetString(nameof(Coverage)));

    /// <summary>Whether its request carried the provider's URL token.</summary>
    public bool HasToken => Entity.GetBoolean(nameof(HasToken)) ?? false;

    /// <summary>Whether its signature was made with a key that all customers of the provider share.</summary>
    public bool IsSharedKey => Entity.GetBoolean(nameof(IsSharedKey)) ?? false;

    /// <summary>How far the row's content is proven.</summary>
    public Assurance Assurance => KnownValue.Parse<Assurance>(Entity.GetString(nameof(Assurance)));

    public EventState State
    {
        get => KnownValue.Parse<EventState>(Entity.GetString(nameof(State)));
        set => Entity[nameof(State)] = value.ToString();
    }

    /// <summary>The job; the webhook id if the event names none.</summary>
    public string JobId => Entity.GetString(nameof(JobId));

    public DateTimeOffset ReceivedAt => Entity.GetDateTimeOffset(nameof(ReceivedAt)) ?? default;

    /// <summary>The number of assets to fetch. It is final once each asset that expands into others has ended.</summary>
    public int AssetsTotal
    {
        get => Entity.GetInt32(nameof(AssetsTotal)) ?? 0;
        set => Entity[nameof(AssetsTotal)] = value;
    }

    public int AssetsStored
    {
        get => Entity.GetInt32(nameof(AssetsStored)) ?? 0;
        set => Entity[nameof(AssetsStored)] = value;
    }

    public int AssetsFailed
    {
        get => Entity.GetInt32(nameof(AssetsFailed)) ?? 0;
        set => Entity[nameof(AssetsFailed)] = value;
    }

    /// <summary>The event's blob in container <c>raw-events</c>.</summary>
    public string? RawBlob => Entity.GetString(nameof(RawBlob));

    /// <summary>The SHA-256 of the body in that blob, in lower-case hex.</summary>
    public string? BodySha256 => Entity.GetString(nameof(BodySha256));

    /// <summary>When an event that could not be processed is retried; null if no retry is scheduled.</summary>
    public DateTimeOffset? NextAttemptAt => Entity.GetDateTimeOffset(nameof(NextAttemptAt));

    public DateTimeOffset UpdatedAt => Entity.GetDateTimeOffset(nameof(UpdatedAt)) ?? default;

    /// <summary>Whether the event came from the provider's API and not from a webhook.</summary>
    public bool IsRecovered => Entity.GetBoolean(nameof(IsRecovered)) ?? false;

    /// <summary>Whether the event was interpreted; otherwise the row holds only what its message does.</summary>
    public bool IsInterpreted => Entity.ContainsKey(Columns.EventType);

    /// <summary>Whether a result was not fetched because a setting is missing, which the row names.</summary>
    public bool IsWaitingForSetting => State == EventState.Recorded && Entity.GetString(Columns.WaitsFor) is not null;

    /// <summary>Whether the state is final: only an operator or a new webhook changes it.</summary>
    public bool IsFinal => State.IsFinal();

    /// <summary>Whether nothing is left to do: the state is final, and every notification has ended.</summary>
    public bool IsFinished => IsFinal && NotificationsPending == 0;

    /// <summary>The kind of notification that the event's end causes (see <see cref="Announcements.KindOf"/>); null if it is not announced.</summary>
    public string? Announces => Entity.GetString(nameof(Announces));

    /// <summary>How the event ended, by its latest announcement; null before the first.</summary>
    public string? Outcome => Entity.GetString(nameof(Outcome));

    /// <summary>How many notifications have not ended. The column is absent if there are none.</summary>
    public int NotificationsPending
    {
        get => Entity.GetInt32(nameof(NotificationsPending)) ?? 0;
        private set
        {
            if (value <= 0)
            {
                Entity.Remove(nameof(NotificationsPending));
            }
            else
            {
                Entity[nameof(NotificationsPending)] = value;
            }
        }
    }

    /// <summary>The name of the job's status by this event; null if the event is not announced.</summary>
    public string? JobStatusName => Entity.GetString(Columns.Status);

    /// <summary>The caller's data that was attached to the job; null if there is none.</summary>
    public string? UserMetadata => Entity.GetString(Columns.UserMetadata);

    /// <summary>Whether the event's own work is still to be done: its assets were not dispatched, or the event itself failed.</summary>
    public bool IsOpen => State is EventState.Received or EventState.Failed;

    /// <summary>
    /// Returns whether the event failed after a message was enqueued. Only an operator, or a repeated webhook, enqueues a message after the failure.
    /// </summary>
    /// <param name="enqueuedAt">The time by the broker's clock, UTC. Up to a minute later is not after the failure, because clocks differ.</param>
    public bool HasFailedSince(DateTimeOffset enqueuedAt) => State == EventState.Failed && enqueuedAt <= UpdatedAt + ClockSkew;

    /// <summary>Whether the event, or one of its assets, failed.</summary>
    public bool HasFailed => State.HasFailed();

    /// <summary>How often the event was reopened after it had ended: by a replay, or by fetching it again.</summary>
    public int Reopenings
    {
        get => Entity.GetInt32(nameof(Reopenings)) ?? 0;
        private set => Entity[nameof(Reopenings)] = value;
    }

    /// <summary>The number of consecutive starts of the event's own work that did not end (see <see cref="WorkStarts"/>). It is counted from the
    /// third delivery on.</summary>
    public int Starts
    {
        get => Entity.GetInt32(nameof(Starts)) ?? 0;
        private set
        {
            if (value == 0)
            {
                Entity.Remove(nameof(Starts));
            }
            else
            {
                Entity[nameof(Starts)] = value;
            }
        }
    }

    /// <summary>Returns a new row in state <c>Received</c>.</summary>
    public static EventRow Create(ReceivedEvent received, GenerationEvent generation, string rawBlob, DateTimeOffset now)
    {
        var entity = new TableEntity(received.Key.PartitionKey, Key);
        foreach (var (name, value) in generation.EventColumns)
        {
            entity[name] = value;
        }

        Describe(entity, received, generation.Assurance, rawBlob);
        entity[Columns.EventType] = BoundedText.WithoutTokens(generation.EventType);
        entity[nameof(JobId)] = BoundedText.Shorten(generation.JobIdOr(received.Key));
        entity[Columns.ProviderStatus] = BoundedText.WithoutTokens(generation.ProviderStatus);
        entity[Columns.ErrorCode] = BoundedText.WithoutTokens(generation.ErrorCode);
        entity[Columns.ErrorMessage] = BoundedText.WithoutTokens(generation.ErrorMessage);
        entity[Columns.Note] = BoundedText.WithoutTokens(generation.Note);
        entity[Columns.WaitsFor] = generation.WaitsFor;
        return new EventRow(entity)
        {
            AssetsTotal = generation.Assets.Count(asset => asset.InitialState.IsInTotal()),
            AssetsStored = 0,
            AssetsFailed = generation.Assets.Sum(asset => asset.InitialState.Counts(AssetCount.Failed)),
        }.AsReceived(now);
    }

    /// <summary>Returns a row for an event that was not interpreted yet.</summary>
    public static EventRow CreateUninterpreted(ReceivedEvent received, string? rawBlob, DateTimeOffset now)
    {
        var entity = new TableEntity(received.Key.PartitionKey, Key) { [nameof(JobId)] = BoundedText.Shorten(received.Key.WebhookId) };
        Describe(entity, received, received.Assurance, rawBlob);
        return new EventRow(entity)
        {
            AssetsTotal = 0,
            AssetsStored = 0,
            AssetsFailed = 0,
        }.AsReceived(now);
    }

    /// <summary>Resets the row to <c>Received</c>, so that its work is dispatched again.</summary>
    public EventRow AsReceived(DateTimeOffset now)
    {
        State = EventState.Received;
        return Touch(now);
    }

    /// <summary>Sets the state that follows from the counts once the work is dispatched, and the times.</summary>
    public EventRow WithStateFromCounts(DateTimeOffset now)
    {
        State = AssetsTotal == 0 ? EventState.Recorded
            : AssetsStored + AssetsFailed < AssetsTotal ? EventState.Downloading
            : AssetsFailed == 0 ? EventState.Completed
            : EventState.CompletedWithFailures;
        Entity.Remove(nameof(NextAttemptAt));
        Entity.Remove(Columns.LastError);
        Starts = 0;
        if (!IsFinal && PersistedState?.IsFinal() is true)
        {
            Reopenings++;
        }

        return Touch(now);
    }

    /// <summary>Recounts from the rows of all the event's assets. Returns whether a count changed.</summary>
    public bool TryRecount(IReadOnlyCollection<AssetRow> assets)
    {
        var before = (AssetsTotal, AssetsStored, AssetsFailed);
        AssetsTotal = assets.Count(asset => asset.State.IsInTotal());
        AssetsStored = assets.Sum(asset => asset.State.Counts(AssetCount.Stored));
        AssetsFailed = assets.Sum(asset => asset.State.Counts(AssetCount.Failed));
        return before != (AssetsTotal, AssetsStored, AssetsFailed);
    }

    /// <summary>Makes this new row replace <paramref name="found"/>, unless that was changed since it was read.</summary>
    public EventRow Replacing(EventRow found)
    {
        Entity.ETag = found.ETag;
        PersistedState = found.State;
        PersistedIsFinished = found.IsFinished;
        NotificationsPending = found.NotificationsPending;
        Reopenings = found.Reopenings + (found.IsFinal ? 1 : 0);
        return this;
    }

    /// <summary>Records why the event waits, and until when.</summary>
    public EventRow WithPendingRetry(string reason, DateTimeOffset until, DateTimeOffset now)
    {
        Entity[Columns.LastError] = BoundedText.WithoutTokens(reason);
        Entity[nameof(NextAttemptAt)] = until;
        return Touch(now);
    }

    /// <summary>Records the number of consecutive starts of the event's own work that did not end.</summary>
    public EventRow WithStarts(int starts)
    {
        Starts = starts;
        return this;
    }

    /// <summary>Marks the event as failed, with a reason for an operator.</summary>
    public EventRow MarkFailed(string reason, string description, DateTimeOffset now)
    {
        Starts = 0;
        State = EventState.Failed;
        Entity[Columns.ErrorCode] = reason;
        Entity[Columns.ErrorMessage] = BoundedText.WithoutTokens(description);
        return Touch(now);
    }

    /// <summary>Records that the event's end is to be announced, with the columns that only its notifications need.</summary>
    public void Announce(GenerationEvent generation)
    {
        Entity[nameof(Announces)] = Announcements.KindOf(generation.Status);
        Entity[Columns.Status] = generation.Status.ToString();
        Entity[Columns.Model] = BoundedText.WithoutTokens(generation.Model);
    }

    /// <summary>Records how the event ended, and how many notifications are to be delivered.</summary>
    internal void SetOutcome(string outcome, int owed)
    {
        Entity[nameof(Outcome)] = outcome;
        NotificationsPending = owed;
    }

    /// <summary>Changes the number of notifications that have not ended.</summary>
    internal void ChangeNotificationsPending(int change) => NotificationsPending += change;

    /// <summary>Records that the table holds this row, with this ETag.</summary>
    internal void MarkPersisted(ETag etag)
    {
        Entity.ETag = etag;
        PersistedState = State;
        PersistedIsFinished = IsFinished;
    }

    /// <summary>Sets the columns that come from the message. The event can be interpreted again from them.</summary>
    private static void Describe(TableEntity entity, ReceivedEvent received, Assurance assurance, string? rawBlob)
    {
        entity[nameof(Provider)] = received.Key.Provider;
        entity[nameof(WebhookId)] = received.Key.WebhookId;
        entity[nameof(Coverage)] = received.Coverage.ToString();
        entity[nameof(Assurance)] = assurance.ToString();
        entity[nameof(ReceivedAt)] = received.ReceivedAt;
        entity[nameof(RawBlob)] = rawBlob;
        entity[nameof(BodySha256)] = received.BodySha256;
        foreach (var (column, value) in (ReadOnlySpan<(string, bool)>)
            [(nameof(HasToken), received.HasToken), (nameof(IsSharedKey), received.IsSharedKey), (nameof(IsRecovered), received.IsRecovered)])
        {
            if (value)
            {
                entity[column] = true;
            }
        }
    }

    private EventRow Touch(DateTimeOffset now)
    {
        Entity[nameof(UpdatedAt)] = now;
        if (IsFinal)
        {
            Entity.Remove(nameof(NextAttemptAt));
            Entity.TryAdd(Columns.CompletedAt, now);
        }
        else
        {
            Entity.Remove(Columns.CompletedAt);
        }

        return this;
    }
}
