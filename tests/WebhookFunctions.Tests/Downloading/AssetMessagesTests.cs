using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of how an asset's message is settled, and of the message that follows it.</summary>
public sealed class AssetMessagesTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly byte[] Content = SampleMedia.Mp4(300_000);

    private readonly HostileServer _source = new();
    private readonly FakeTimeProvider _clock = new(Now);
    private readonly CapturedLogs _logs = new();
    private AssetBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await AssetBench.CreateAsync(
        azurite, replace: services => services.AddSingleton<TimeProvider>(_clock).AddLogging(logging => logging.AddProvider(_logs)));

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _logs.Dispose();
        await _source.DisposeAsync();
    }

    [Theory]
    [InlineData("Retry-After: 120", 120, 120)]
    [InlineData("Retry-After: Thu, 01 Jan 2026 12:10:00 GMT", 600, 600)]
    [InlineData("Retry-After: 86400", 3600, 3600)]
    [InlineData("Retry-After: 2147483647", 3600, 3600)]
    [InlineData("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 3600, 3600)]
    [InlineData("Retry-After: 99999999999999999999", 0.05, 5)]
    [InlineData("Retry-After: 1", 0.05, 5)]
    [InlineData("Retry-After: -5", 0.05, 5)]
    [InlineData("Retry-After: Thu, 01 Jan 2020 00:00:00 GMT", 0.05, 5)]
    [InlineData("Retry-After: soon", 0.05, 5)]
    [InlineData("X: y", 0.05, 5)]
    public async Task A_retry_waits_for_as_long_as_the_sources_Retry_After_says(string header, double atLeast, double atMost)
    {
        foreach (var status in new[] { "503 Service Unavailable", "429 Too Many Requests" })
        {
            _bench.NewEvent();
            await DeliverAsync(_source.On("/busy", exchange => exchange.AnswerAsync(status, header + "\r\n")));

            var wait = _bench.Queue.Sent[^1].ScheduledEnqueueTime - Now;
            Assert.InRange(wait.TotalSeconds, atLeast, atMost);
            Assert.Equal(Now + wait, (await _bench.RowAsync()).NextAttemptAt);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_message_for_another_asset_than_that_of_its_row_has_no_effect_and_is_logged(int deliveryCount)
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var other = message with { Source = message.Source with { Name = "thumbnail" } };

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(other, _bench.NewDelivery() with { DeliveryCount = deliveryCount }));

        Assert.Empty(_source.Requests);
        Assert.Equal((AssetState.Pending, 0), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).Starts));
        var line = Assert.Single(_logs.Lines, line => line.Level == LogLevel.Warning);
        Assert.All([_bench.Key.PartitionKey, message.Row, "video", "thumbnail"], part => Assert.Contains(part, line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_message_has_a_unique_id()
    {
        var url = _source.On("/busy", exchange => exchange.AnswerAsync("503 Service Unavailable"));
        await DeliverAsync(url);
        await _bench.DeliverAsync(_bench.Next());
        await _bench.DeliverAsync(_bench.Next());

        Assert.Equal([1, 2, 3], _bench.Queue.Sent.Select(message => message.ApplicationProperties["attempt"]));
        Assert.Equal(3, _bench.Queue.Sent.Select(message => message.MessageId).Distinct().Count());
        Assert.Equal(3, (await _bench.RowAsync()).Attempts);
    }

    [Fact]
    public async Task After_24_hours_the_asset_is_failed_permanently()
    {
        var url = _source.On("/busy", exchange => exchange.AnswerAsync("503 Service Unavailable"));
        var message = await _bench.AnnounceAsync(new AssetSource { Name = "video", Url = url }, age: TimeSpan.FromHours(24));

        var letter = Assert.IsType<Settlement.DeadLetter>(await _bench.DeliverAsync(message));

        Assert.Equal("RetriesExhausted", letter.Reason);
        Assert.Contains("503", letter.Description, StringComparison.Ordinal);
        Assert.Equal((AssetState.Failed, "RetriesExhausted"), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).ErrorCode));
        Assert.Empty(_bench.Queue.Sent);
    }

    [Fact]
    public async Task A_message_that_could_not_be_dead_lettered_is_dead_lettered_at_its_redelivery()
    {
        var message = await _bench.AnnounceAsync(_source.On("/gone", exchange => exchange.AnswerAsync("400 Bad Request")));
        var first = await _bench.DeliverAsync(message);

        Assert.Equal(first, await _bench.DeliverAsync(message));
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message with { Attempt = 1 }));
        Assert.Single(_source.Requests);
        Assert.Equal(1, (await _bench.EventAsync()).AssetsFailed);
    }

    [Fact]
    public async Task A_stale_message_has_no_effect()
    {
        var message = await _bench.AnnounceAsync(_source.On("/busy", exchange => exchange.AnswerAsync("503 Service Unavailable")));
        await _bench.DeliverAsync(message);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        Assert.Single(_source.Requests);
        Assert.Single(_bench.Queue.Sent);
    }

    [Fact]
    public async Task A_message_of_a_stored_asset_has_no_effect()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        await _bench.DeliverAsync(message);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        Assert.Single(_source.Requests);
        Assert.Equal(1, (await _bench.EventAsync()).AssetsStored);
    }

    [Fact]
    public async Task A_message_of_an_asset_without_a_row_is_dead_lettered()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var letter = Assert.IsType<Settlement.DeadLetter>(await _bench.DeliverAsync(message with { Row = "asset:00009" }));
        Assert.Equal("UnknownAsset", letter.Reason);
    }

    [Fact]
    public async Task While_the_broker_is_unavailable_the_message_stays_locked_and_is_redelivered()
    {
        var url = _source.On("/busy", exchange => exchange.AnswerAsync("503 Service Unavailable"));
        var message = await _bench.AnnounceAsync(url);
        _bench.Queue.BeforeSend = _ => throw new Azure.Messaging.ServiceBus.ServiceBusException(
            "Away.", Azure.Messaging.ServiceBus.ServiceBusFailureReason.ServiceCommunicationProblem);
        var delivery = _bench.NewDelivery();
        Assert.IsType<Settlement.LeaveLocked>(await _bench.DeliverAsync(message, delivery));

        _bench.Queue.BeforeSend = _ => Task.CompletedTask;
        _source.Serve("/busy", Content);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message, Again(delivery)));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task An_asset_of_a_provider_that_is_off_waits_for_it()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var elsewhere = message with { Event = message.Event with { Space = "nobody" } };
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(elsewhere));
        Assert.Equal("ProviderOff", (await _bench.RowAsync()).ErrorCode);
        Assert.Single(_bench.Queue.Sent);
    }

    [Fact]
    public async Task Another_message_waits_until_the_lease_expires()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var row = await SetLeaseAsync("77:somebody", Now + TimeSpan.FromSeconds(40));

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        Assert.Empty(_source.Requests);
        Assert.InRange(_bench.Queue.Sent[^1].ScheduledEnqueueTime - Now, TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(50));
        Assert.Equal(row.ETag, (await _bench.RowAsync()).ETag);

        _clock.Advance(TimeSpan.FromSeconds(41));
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_redelivery_of_the_same_message_takes_over_the_lease_at_once()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var delivery = _bench.NewDelivery();
        await SetLeaseAsync(delivery.LeaseOwner, Now + TimeSpan.FromMinutes(1));

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message, Again(delivery)));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task Two_concurrent_messages_of_one_asset_fetch_it_once()
    {
        var message = await _bench.AnnounceAsync(_source.Serve("/v.mp4", Content));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _bench.DeliverAsync(message)));
        Assert.All(outcomes, outcome => Assert.IsType<Settlement.Complete>(outcome));

        // The second worker may have scheduled a message, which must find the asset stored.
        foreach (var _ in _bench.Queue.Sent)
        {
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
        }

        Assert.Single(_source.Requests);
        Assert.Single(await _bench.BlobsAsync());
        Assert.Equal(1, (await _bench.EventAsync()).AssetsStored);
    }

    private static MessageDelivery Again(MessageDelivery delivery) =>
        delivery with { LockToken = Guid.NewGuid().ToString(), DeliveryCount = delivery.DeliveryCount + 1 };

    private async Task DeliverAsync(string url) =>
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(await _bench.AnnounceAsync(url)));

    private async Task<AssetRow> SetLeaseAsync(string owner, DateTimeOffset until)
    {
        var row = await _bench.RowAsync();
        (row.State, row.LeaseOwner, row.LeaseExpiresAt) = (AssetState.Downloading, owner, until);
        Assert.Equal(WriteResult.Written, await _bench.Events.UpdateAsync(row, TestContext.Current.CancellationToken));
        return await _bench.RowAsync();
    }
}
