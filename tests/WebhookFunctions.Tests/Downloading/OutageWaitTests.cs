using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of the rows of assets that wait because blobs or the broker are unavailable, while tables are not.</summary>
public sealed class OutageWaitTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly HostileServer _source = new();
    private readonly UnavailablePart _blobs = new("/assets/");
    private AssetBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await AssetBench.CreateAsync(
            azurite, new Dictionary<string, string?> { ["Assets:MaxDownloads"] = "1" }, await azurite.ClientsAsync(_blobs));
        _source.Serve("/v.mp4", SampleMedia.Mp4(5_000));
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task While_blobs_are_unavailable_the_row_says_why_the_asset_waits_and_until_when()
    {
        var message = await _bench.AnnounceAsync(_source.Url("/v.mp4"));
        for (_blobs.IsOn = true; message.TransientFailures < 3; message = _bench.Next())
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

            var row = await _bench.RowAsync();
            Assert.Equal(
                (AssetState.Downloading, 0, null, "The last attempt ended with RequestFailedException (503)."),
                (row.State, row.Attempts, row.LeaseOwner, row.LastError));
            Assert.InRange(_bench.Queue.Sent[^1].ScheduledEnqueueTime - row.NextAttemptAt!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        }

        _blobs.IsOn = false;
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        await AssertStoredAsync();
    }

    [Fact]
    public async Task The_row_of_an_asset_from_the_waiting_line_says_why_it_waits_again()
    {
        var message = await _bench.AnnounceAsync(_source.Url("/v.mp4"));
        using (_bench.Get<DownloadLimiter>().TryEnter(message with { Source = message.Source with { Url = "https://elsewhere.example/" } }))
        {
            await _bench.DeliverAsync(message);
        }

        _blobs.IsOn = true;
        await _bench.Processor.TakeOverAsync(Stopwatch.GetTimestamp(), _bench.NewDelivery(), TestContext.Current.CancellationToken);

        var row = await _bench.RowAsync();
        Assert.Equal(
            (AssetState.Downloading, "The last attempt ended with RequestFailedException (503).", null), (row.State, row.LastError, row.NextAttemptAt));
        _blobs.IsOn = false;
        await _bench.DeliverAsync(_bench.Next());
        await AssertStoredAsync();
    }

    [Fact]
    public async Task While_the_broker_is_unavailable_the_row_says_that_the_message_is_redelivered()
    {
        _source.On("/busy.mp4", exchange => exchange.AnswerAsync("503 Service Unavailable"));
        var message = await _bench.AnnounceAsync(_source.Url("/busy.mp4"));
        _bench.Queue.BeforeSend = static _ => throw new ServiceBusException("Away.", ServiceBusFailureReason.ServiceCommunicationProblem);

        Assert.IsType<Settlement.LeaveLocked>(await _bench.DeliverAsync(message));

        var row = await _bench.RowAsync();
        Assert.Equal((AssetState.Downloading, 0, null), (row.State, row.Starts, row.LeaseOwner));
        Assert.Equal(
            "Its next message could not be sent (ServiceBusException (ServiceCommunicationProblem)). The broker redelivers the present one.", row.LastError);
        Assert.InRange(row.NextAttemptAt!.Value - row.UpdatedAt, TimeSpan.Zero, RetrySchedule.RedeliveredAfter);
    }

    private async Task AssertStoredAsync()
    {
        var row = await _bench.RowAsync();
        Assert.Equal((AssetState.Stored, null, null), (row.State, row.LastError, row.NextAttemptAt));
    }
}
