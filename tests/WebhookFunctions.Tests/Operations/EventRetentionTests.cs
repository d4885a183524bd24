using System.Globalization;
using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Providers;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Recording;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests of which data of old events is removed, and which stays for ever.</summary>
public sealed class EventRetentionTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const int Days = 30;
    private const int All = 1000;

    private static readonly DateTimeOffset Start = new(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Start);
    private readonly CapturingServiceBus _bus = new();
    private string _account = null!;
    private StorageClients _storage = null!;
    private ServiceProvider _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // A separate account, because a run removes the old events of all tests.
        _account = await azurite.NewAccountAsync();
        _storage = await AzuriteStorage.StorageAsync(_account);
        _app = Compose(Days);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Only_the_record_that_its_id_was_used_stays_of_an_old_event_so_a_duplicate_has_no_effect()
    {
        var message = Event("id", "job", assets: 120);
        await RecordAsync(message);
        await EndAsync(message, EventState.CompletedWithFailures);
        await Get<AssetNames>().DecideAsync("list", "job", "a0", "list/job/a0.mp4", Cancel);
        _clock.Advance(TimeSpan.FromDays(Days) + TimeSpan.FromMinutes(1));

        Assert.Equal(1, await RunAsync());

        Assert.Equal([(message.Key.MessageId, SpentWebhookIds.RowKey)], await KeysAsync());
        Assert.Empty(await _storage.RawEvents.GetBlobsAsync(cancellationToken: Cancel).ToListAsync(Cancel));

        var sent = _bus.Sender(QueueNames.AssetDownloads).Sent.Count;
        await RecordAsync(message with { ReceivedAt = _clock.GetUtcNow() });

        Assert.Equal(sent, _bus.Sender(QueueNames.AssetDownloads).Sent.Count);
        Assert.Equal([(message.Key.MessageId, SpentWebhookIds.RowKey)], await KeysAsync());
        Assert.Empty(await _storage.RawEvents.GetBlobsAsync(cancellationToken: Cancel).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_job_stays_until_the_last_of_its_events_is_removed()
    {
        await RecordAsync(Event("old", "job"));
        _clock.Advance(TimeSpan.FromDays(1));
        await RecordAsync(Event("young", "job"));
        _clock.Advance(TimeSpan.FromDays(Days) - TimeSpan.FromMinutes(1));

        Assert.Equal(1, await RunAsync());
        Assert.NotNull(await Get<JobStore>().FindAsync("list", "job", Cancel));
        Assert.Equal("list:young", Assert.Single(await Get<JobEvents>().ListAsync("list", "job", Cancel).ToListAsync(Cancel)).Event);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await RunAsync());
        Assert.Null(await Get<JobStore>().FindAsync("list", "job", Cancel));
    }

    [Fact]
    public async Task Unfinished_or_recently_changed_events_stay_and_do_not_count_towards_the_limit_of_the_next_run()
    {
        await RecordAsync(Event("unfinished", "job-1", assets: 1));
        await RecordAsync(Event("changed", "job-2"));
        await RecordAsync(Event("old", "job-3"));
        _clock.Advance(TimeSpan.FromDays(Days) + TimeSpan.FromMinutes(1));
        await EndAsync(Event("changed", "job-2"), EventState.Completed);

        // Each run inspects one of the three events. A run skips events that an earlier run has inspected and kept.
        var removed = 0;
        for (var run = 0; run < 3; run++)
        {
            removed += await RunAsync(1);
        }

        Assert.Equal(1, removed);
        Assert.Equal(EventState.Downloading, (await FindAsync("unfinished"))!.State);
        Assert.NotNull(await FindAsync("changed"));
        Assert.Null(await FindAsync("old"));

        _clock.Advance(TimeSpan.FromDays(Days));
        Assert.Equal(1, await RunAsync());
        Assert.Null(await FindAsync("changed"));
        Assert.NotNull(await FindAsync("unfinished"));
    }

    [Fact]
    public async Task A_run_removes_no_more_than_its_limit_and_the_next_one_continues()
    {
        for (var i = 0; i < 5; i++)
        {
            await RecordAsync(Event($"id-{i}", $"job-{i}"));
        }

        _clock.Advance(TimeSpan.FromDays(Days) + TimeSpan.FromMinutes(1));

        var removed = new List<int>();
        for (var run = 0; run < 4; run++)
        {
            removed.Add(await RunAsync(2));
        }

        Assert.Equal([2, 2, 1, 0], removed);
    }

    [Fact]
    public async Task The_next_run_finishes_what_an_interrupted_one_left()
    {
        await RecordAsync(Event("id", "job"));
        await _storage.Events.DeleteEntityAsync("list:id", EventRow.Key, cancellationToken: Cancel);
        await Get<SpentWebhookIds>().AddAsync(Event("id", "job").Key, Cancel);
        _clock.Advance(TimeSpan.FromDays(Days) + TimeSpan.FromMinutes(1));

        Assert.Equal(1, await RunAsync());

        Assert.Equal([(Event("id", "job").Key.MessageId, SpentWebhookIds.RowKey)], await KeysAsync());
    }

    [Fact]
    public async Task Without_the_setting_everything_stays()
    {
        await using var app = Compose(0);
        await RecordAsync(Event("id", "job"));
        _clock.Advance(TimeSpan.FromDays(3650));

        Assert.Equal(0, await app.GetRequiredService<EventRetention>().RunAsync(All, Cancel));
        Assert.NotNull(await FindAsync("id"));

        // When the setting is turned on later, it applies to old events too.
        Assert.Equal(1, await RunAsync());
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(30, true)]
    [InlineData(29, false)]
    [InlineData(-1, false)]
    [InlineData(36_501, false)]
    public void Fewer_days_than_a_message_and_its_dead_letter_need_are_refused(int days, bool isSound)
    {
        using var app = Compose(days);

        if (isSound)
        {
            Assert.Equal(days, app.GetRequiredService<IOptions<RetentionOptions>>().Value.KeepRowsDays);
        }
        else
        {
            var exception = Assert.Throws<OptionsValidationException>(() => app.GetRequiredService<IOptions<RetentionOptions>>().Value);
            Assert.Contains("Storage__KeepRowsDays", exception.Message, StringComparison.Ordinal);
        }
    }

    private ServiceProvider Compose(int days) => AppServices.Compose(
        new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = _account,
            ["Storage:KeepRowsDays"] = days.ToString(CultureInfo.InvariantCulture),
        },
        _bus,
        services => services.AddSingleton<TimeProvider>(_clock).AddSingleton<IProviderFactory>(new ListProviderFactory()));

    private T Get<T>()
        where T : notnull => _app.GetRequiredService<T>();

    private Task<int> RunAsync(int limit = All) => Get<EventRetention>().RunAsync(limit, Cancel);

    private EventMessage Event(string id, string job, int assets = 0) => new()
    {
        Key = EventKey.Create("list", id),
        Coverage = SignatureCoverage.RawBody,
        ReceivedAt = _clock.GetUtcNow(),
        Body = BinaryData.FromBytes(Encoding.UTF8.GetBytes($$"""{"job":"{{job}}","assets":{{assets}}}""")),
    };

    private async Task RecordAsync(EventMessage message) =>
        Assert.IsType<Settlement.Complete>(await Get<EventRecorder>().ProcessAsync(message, new MessageDelivery(1, "lock", 1), Cancel));

    private async Task EndAsync(EventMessage message, EventState state)
    {
        var row = (await Get<EventStore>().FindAsync(message.Key.PartitionKey, Cancel))!;
        row.State = state;
        row.Entity[nameof(EventRow.UpdatedAt)] = _clock.GetUtcNow();
        Assert.Equal(WriteResult.Written, await Get<EventStore>().UpdateAsync(row, Cancel));
    }

    private Task<EventRow?> FindAsync(string id) => Get<EventStore>().FindAsync($"list:{id}", Cancel);

    // Returns the keys of the rows of all tables.
    private async Task<List<(string Partition, string Row)>> KeysAsync()
    {
        var keys = new List<(string, string)>();
        foreach (var table in (TableClient[])[_storage.Events, _storage.Jobs, _storage.Index])
        {
            keys.AddRange(await table.QueryAsync<TableEntity>(cancellationToken: Cancel).Select(row => (row.PartitionKey, row.RowKey)).ToListAsync(Cancel));
        }

        return keys;
    }
}
