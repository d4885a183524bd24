using Azure;
using Azure.Data.Tables;
using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Row <c>event</c> of table <c>WebhookEvents</c>. Columns that a provider added are kept through every change.</summary>
public sealed class EventRow(TableEntity entity)
{
    public const string Key = "event";

    public TableEntity Entity { get; } = entity;

    /// <summary>The state that stands in the table, as far as is known; null where the row was not read from it.</summary>
    public EventState? PersistedState { get; private set; } =
        entity.TryGetValue(nameof(State), out var state) ? KnownValue.Parse<EventState>((string)state) : null;

    /// <summary>Whether the row in the table says that nothing is left to do, as far as is known; null where the row was not read from it.</summary>
    public bool? PersistedIsFinished { get; private set; } = entity.TryGetValue(nameof(State), out var persisted)
        ? KnownValue.Parse<EventState>((string)persisted).IsFinal() && (entity.GetInt32(nameof(NotificationsOwed)) ?? 0) == 0
        : null;

    public string PartitionKey => Entity.PartitionKey;

    public ETag ETag => Entity.ETag;

    public string Provider => Entity.GetString(nameof(Provider));

    public string WebhookId => Entity.GetString(nameof(WebhookId));

    /// <summary>Which webhook the event is.</summary>
    public EventKey ToKey() => EventKey.Of(WebhookId, PartitionKey);

    public SignatureCoverage Coverage => KnownValue.Parse<SignatureCoverage>(Entity.GetString(nameof(Coverage)));

    /// <summary>Whether its request carried the provider's URL token.</summary>
    public bool HasToken => Entity.GetBoolean(nameof(HasToken)) ?? false;

    /// <summary>Whether its signature was made with a key that all customers of the provider share.</summary>
    public bool IsSharedKey => Entity.GetBoolean(nameof(IsSharedKey)) ?? false;

    /// <summary>How far what the row says is proven.</summary>
    public Assurance Assurance => KnownValue.Parse<Assurance>(Entity.GetString(nameof(Assurance)));

    public EventState State
    {
        get => KnownValue.Parse<EventState>(Entity.GetString(nameof(State)));
        set => Entity[nameof(State)] = value.ToString();
    }

    /// <summary>The job, or what stands in for it where the event names none: the webhook id.</summary>
    public string JobId => Entity.GetString(nameof(JobId));

    public DateTimeOffset ReceivedAt => Entity.GetDateTimeOffset(nameof(ReceivedAt)) ?? default;

    /// <summary>How many assets there are to fetch; final once each of those that name further assets has ended.</summary>
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

    /// <summary>When the event is tried again that could not be processed; null where none is scheduled.</summary>
    public DateTimeOffset? NextAttemptAt => Entity.GetDateTimeOffset(nameof(NextAttemptAt));

    public DateTimeOffset UpdatedAt => Entity.GetDateTimeOffset(nameof(UpdatedAt)) ?? default;

    /// <summary>Whether nobody sent the event: the provider's API was asked for its job.</summary>
    public bool IsRecovered => Entity.GetBoolean(nameof(IsRecovered)) ?? false;

    /// <summary>Whether the event was interpreted; otherwise the row holds no more than its message does.</summary>
    public bool IsInterpreted => Entity.ContainsKey(Columns.EventType);

    /// <summary>Whether a result of it was not fetched because a setting is missing, which the row names.</summary>
    public bool IsWaitingForSetting => State == EventState.Recorded && Entity.GetString(Columns.WaitsFor) is not null;

    /// <summary>Whether the state is final: only an operator or a new webhook changes it.</summary>
    public bool IsFinal => State.IsFinal();

    /// <summary>Whether nothing is left to do: the state is final, and every notification has ended.</summary>
    public bool IsFinished => IsFinal && NotificationsOwed == 0;

    /// <summary>What the event's end announces (see <see cref="Announcements.KindOf"/>); null if it is not announced.</summary>
    public string? Announces => Entity.GetString(nameof(Announces));

    /// <summary>How the event ended, as it was announced last; null before.</summary>
    public string? Outcome => Entity.GetString(nameof(Outcome));

    /// <summary>How many notifications are owed. The column is absent where none is.</summary>
    public int NotificationsOwed
    {
        get => Entity.GetInt32(nameof(NotificationsOwed)) ?? 0;
        private set
        {
            if (value <= 0)
            {
                Entity.Remove(nameof(NotificationsOwed));
            }
            else
            {
                Entity[nameof(NotificationsOwed)] = value;
            }
        }
    }

    /// <summary>The name of the job's status by this event; null if the event is not announced.</summary>
    public string? JobStatusName => Entity.GetString(Columns.Status);

    /// <summary>What the caller attached to the job; null where nothing is known.</summary>
    public string? UserMetadata => Entity.GetString(Columns.UserMetadata);

    /// <summary>Whether the event's own work is to be done: its assets were not dispatched, or the event itself failed.</summary>
    public bool IsOpen => State is EventState.Received or EventState.Failed;

    /// <summary>Whether the event, or one of its assets, ended without what it should have brought.</summary>
    public bool HasFailed => State.HasFailed();

    /// <summary>How often the event was reopened after it had ended: by a replay, or by fetching it again.</summary>
    public int Reopenings
    {
        get => Entity.GetInt32(nameof(Reopenings)) ?? 0;
        private set => Entity[nameof(Reopenings)] = value;
    }

    /// <summary>How many starts of the event's own work in a row did not end: see <see cref="WorkStarts"/>. Counted from the third delivery on.</summary>
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

    /// <summary>A new row in state <c>Received</c>.</summary>
    public static EventRow Create(ReceivedEvent received, GenerationEvent generation, string rawBlob, DateTimeOffset now)
    {
        var entity = new TableEntity(received.Key.PartitionKey, Key);
        foreach (var (name, value) in generation.EventColumns)
        {
            entity[name] = value;
        }

        Describe(entity, received, generation.Assurance, rawBlob);
        entity[Columns.EventType] = BoundedText.WithoutTokens(generation.EventType);
        entity[nameof(JobId)] = BoundedText.Of(generation.JobIdOr(received.Key));
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
        var entity = new TableEntity(received.Key.PartitionKey, Key) { [nameof(JobId)] = BoundedText.Of(received.Key.WebhookId) };
        Describe(entity, received, received.Assurance, rawBlob);
        return new EventRow(entity)
        {
            AssetsTotal = 0,
            AssetsStored = 0,
            AssetsFailed = 0,
        }.AsReceived(now);
    }

    /// <summary>Sets the row back to where its work is not handed on.</summary>
    public EventRow AsReceived(DateTimeOffset now)
    {
        State = EventState.Received;
        return Touch(now);
    }

    /// <summary>Sets the state that the counts show once the work is handed on, and the times.</summary>
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

    /// <summary>Counts again from the rows of all the event's assets. Returns whether that changed a count.</summary>
    public bool TryCount(IReadOnlyCollection<AssetRow> assets)
    {
        var before = (AssetsTotal, AssetsStored, AssetsFailed);
        AssetsTotal = assets.Count(asset => asset.State.IsInTotal());
        AssetsStored = assets.Sum(asset => asset.State.Counts(AssetCount.Stored));
        AssetsFailed = assets.Sum(asset => asset.State.Counts(AssetCount.Failed));
        return before != (AssetsTotal, AssetsStored, AssetsFailed);
    }

    /// <summary>Makes this new row the one that takes the place of <paramref name="found"/>, if that was not changed since it was read.</summary>
    public EventRow Replacing(EventRow found)
    {
        Entity.ETag = found.ETag;
        PersistedState = found.State;
        PersistedIsFinished = found.IsFinished;
        NotificationsOwed = found.NotificationsOwed;
        Reopenings = found.Reopenings + (found.IsFinal ? 1 : 0);
        return this;
    }

    /// <summary>Says why the event waits, and until when.</summary>
    public EventRow WithPendingRetry(string why, DateTimeOffset until, DateTimeOffset now)
    {
        Entity[Columns.LastError] = BoundedText.WithoutTokens(why);
        Entity[nameof(NextAttemptAt)] = until;
        return Touch(now);
    }

    /// <summary>Says how many starts of the event's own work in a row did not end.</summary>
    public EventRow WithStarts(int starts)
    {
        Starts = starts;
        return this;
    }

    /// <summary>Ends the event for a reason that a person can read.</summary>
    public EventRow MarkFailed(string reason, string description, DateTimeOffset now)
    {
        Starts = 0;
        State = EventState.Failed;
        Entity[Columns.ErrorCode] = reason;
        Entity[Columns.ErrorMessage] = BoundedText.WithoutTokens(description);
        return Touch(now);
    }

    /// <summary>Says that the event's end is to be announced, and what a notification says beside the row's other columns.</summary>
    public void Announce(GenerationEvent generation)
    {
        Entity[nameof(Announces)] = Announcements.KindOf(generation.Status);
        Entity[Columns.Status] = generation.Status.ToString();
        Entity[Columns.Model] = BoundedText.WithoutTokens(generation.Model);
    }

    /// <summary>Says how the event ended, and how many notifications are owed.</summary>
    internal void WithOutcome(string outcome, int owed)
    {
        Entity[nameof(Outcome)] = outcome;
        NotificationsOwed = owed;
    }

    /// <summary>Changes how many notifications are owed.</summary>
    internal void Owe(int change) => NotificationsOwed += change;

    /// <summary>The row stands in the table as it is here.</summary>
    internal void MarkPersisted(ETag etag)
    {
        Entity.ETag = etag;
        PersistedState = State;
        PersistedIsFinished = IsFinished;
    }

    /// <summary>What the message says of the event, which is what the event is read again with.</summary>
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
