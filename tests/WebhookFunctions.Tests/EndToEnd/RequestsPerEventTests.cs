using System.Text;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Tests of the exact storage requests of an event. The tables of cost and scale in infra/README.md use these numbers.</summary>
public sealed class RequestsPerEventTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Content = SampleMedia.Mp4(10_000);

    private readonly RequestCounter _requests = new();
    private readonly HostileServer _source = new();
    private AssetBench _bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await AssetBench.CreateAsync(azurite, replace: await azurite.ClientsAsync(_requests));
        _source.Serve("/a.mp4", Content);
        _source.Serve("/b.mp4", Content);
        _requests.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task An_event_with_two_small_assets_causes_twenty()
    {
        await RecordAsync("/a.mp4", "/b.mp4");
        await DownloadAsync();

        AssertRequests(
            ("DELETE UnfinishedEvents", 1),
            ("GET GenerationJobs", 2),
            ("GET WebhookEvents", 3),
            ("POST $batch", 4),
            ("POST GenerationJobs", 2),
            ("PUT UnfinishedEvents", 2),
            ("PUT WebhookEvents", 3),
            ("PUT assets", 2),
            ("PUT raw-events", 1));
        Assert.Equal(20, _requests.Total);
        Assert.Equal(EventState.Completed, (await _bench.EventAsync()).State);
        Assert.Equal(2, _source.Requests.Count);
    }

    [Fact]
    public async Task An_event_without_assets_causes_seven()
    {
        await RecordAsync();

        AssertRequests(
            ("GET GenerationJobs", 2),
            ("GET WebhookEvents", 1),
            ("POST $batch", 2),
            ("PUT UnfinishedEvents", 1),
            ("PUT raw-events", 1));
        Assert.Equal(7, _requests.Total);
        Assert.Equal(EventState.Recorded, (await _bench.EventAsync()).State);
    }

    [Fact]
    public async Task A_duplicate_causes_one()
    {
        await RecordAsync();
        _requests.Reset();

        await RecordAsync();

        AssertRequests(("GET WebhookEvents", 1));
    }

    [Fact]
    public async Task A_later_event_of_the_job_causes_two_more_and_adopts_the_existing_blobs_without_a_request_to_the_source()
    {
        await RecordAsync("/a.mp4");
        await DownloadAsync();
        _bench.NewEvent();
        _requests.Reset();

        await RecordAsync();
        Assert.Equal(9, _requests.Total);

        _bench.NewEvent();
        await RecordAsync("/a.mp4");
        await DownloadAsync();
        Assert.Equal(EventState.Completed, (await _bench.EventAsync()).State);
        Assert.Single(_source.Requests);
        Assert.Single(await _bench.BlobsAsync());
    }

    [Fact]
    public async Task Of_two_concurrent_first_events_the_second_adopts_the_blob_of_the_first_even_if_its_own_link_has_expired()
    {
        await RecordAsync("/a.mp4");
        await DownloadAsync();
        _bench.NewEvent();
        await RecordAsync("/dead.mp4");
        var message = _bench.Next() with { IsFirstOfJob = true, RowETag = null };

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        Assert.Equal((AssetState.Stored, SampleMedia.Sha256(Content)), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).Sha256));
        Assert.Single(await _bench.BlobsAsync());
    }

    [Fact]
    public async Task A_row_that_was_changed_since_its_message_was_made_is_read()
    {
        await RecordAsync("/a.mp4");
        var message = _bench.Next();
        Assert.NotNull(message.RowETag);
        var row = await _bench.RowAsync();
        row.LastError = "Changed by another.";
        await _bench.Events.UpdateAsync(row, Cancel);
        _requests.Reset();

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        Assert.Equal((AssetState.Stored, 1), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).Attempts));
        Assert.Single(_source.Requests);
    }

    private void AssertRequests(params (string Kind, int Count)[] expected) => Assert.Equal(
        expected.OrderBy(kind => kind.Kind, StringComparer.Ordinal),
        _requests.Kinds().OrderBy(kind => kind.Kind, StringComparer.Ordinal));

    private async Task RecordAsync(params string[] files)
    {
        _bench.Provider.Interpretation = _ => new GenerationEvent
        {
            EventType = "test",
            JobId = _bench.JobId,
            Assurance = Assurance.Signed,
            Status = JobStatus.Succeeded,
            Assets = [.. files.Select((file, i) => new AssetSource { Name = $"asset-{i}", Url = _source.Url(file) })],
        };
        var message = new EventMessage
        {
            Key = _bench.Key,
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = TimeProvider.System.GetUtcNow(),
            Body = BinaryData.FromBytes(Encoding.UTF8.GetBytes("{}")),
        };
        Assert.IsType<Settlement.Complete>(await _bench.Get<EventRecorder>().ProcessAsync(message, _bench.NewDelivery(), Cancel));
    }

    private async Task DownloadAsync()
    {
        foreach (var sent in _bench.Queue.Sent)
        {
            var message = AssetMessage.TryRead(ServiceBusModelFactory.ServiceBusReceivedMessage(body: sent.Body))!;
            if (message.Event == _bench.Key)
            {
                Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
            }
        }

        // The entry is removed after the last asset has ended.
        await Eventually.TrueAsync(
            () => Task.FromResult(_requests.Kinds().Any(kind => kind.Kind == "DELETE UnfinishedEvents")), "The removal from the list of unfinished events");
    }
}
