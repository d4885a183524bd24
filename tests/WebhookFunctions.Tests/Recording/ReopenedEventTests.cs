using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

/// <summary>Tests of events that are recorded a second time: after a crash, in a replay, or with another answer of the provider's API.</summary>
public sealed class ReopenedEventTests(AzuriteFixture azurite) : EventRecorderBench(azurite)
{
    [Theory]
    [InlineData(1, AssetState.Stored, EventState.Downloading, 1, 0)]
    [InlineData(3, AssetState.Stored, EventState.Completed, 3, 0)]
    [InlineData(3, AssetState.Failed, EventState.CompletedWithFailures, 0, 3)]
    public async Task A_replayed_event_counts_the_assets_that_ended_in_the_meantime(
        int ended, AssetState state, EventState end, int stored, int failed)
    {
        await RecordAsync(Message(3));
        await FailAsync();
        await EndAsync(ended, state);
        var before = SentAssets.Count();

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(3)));

        var row = (await RowAsync())!;
        Assert.Equal((end, 3, stored, failed), (row.State, row.AssetsTotal, row.AssetsStored, row.AssetsFailed));
        Assert.Equal(Enumerable.Range(ended, 3 - ended).Select(AssetRow.KeyOf), SentAssets.Skip(before));
    }

    [Fact]
    public async Task An_asset_that_the_API_names_only_at_the_second_attempt_has_a_row_a_message_and_counts()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => throw new ServiceBusException("Away.", ServiceBusFailureReason.ServiceBusy);
        await RecordAsync(Message(2, Unreachable));
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => Task.CompletedTask;
        Provider.Answer = generation => Task.FromResult(generation with { Assets = [Named("new"), .. generation.Assets.Reverse()] });

        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, Unreachable)));

        var assets = await AssetsAsync();
        Assert.Equal(["a0", "a1", "new"], assets.Select(asset => asset.Name));
        Assert.Equal((EventState.Downloading, 3), ((await RowAsync())!.State, (await RowAsync())!.AssetsTotal));
        Assert.Equal(
            assets.Select(asset => (asset.RowKey, asset.Name)),
            Bus.Sender(QueueNames.AssetDownloads).Sent
                .Select(message => AssetMessage.TryRead(Received(message))!)
                .Select(message => (message.Row, message.Source.Name))
                .Order());
    }

    [Fact]
    public async Task A_batch_with_some_existing_rows_gets_the_others_and_counts_them_once()
    {
        await RecordAsync(Message(1));
        AssetRow[] grown = [.. Enumerable.Range(10, 3).Select(i => AssetRow.Create($"list:{Id}", i, Named($"m{i}"), Assurance.Signed, Clock.GetUtcNow()))];

        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().ExpandAsync($"list:{Id}", grown[..2], Clock.GetUtcNow(), Cancel));
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().ExpandAsync($"list:{Id}", grown, Clock.GetUtcNow(), Cancel));
        Assert.Equal(WriteResult.AlreadyExists, await Storage.OpenEvents().ExpandAsync($"list:{Id}", grown, Clock.GetUtcNow(), Cancel));

        Assert.Equal((4, 4), ((await RowAsync())!.AssetsTotal, (await AssetsAsync()).Count));
    }

    [Fact]
    public async Task A_message_that_fails_permanently_after_another_has_done_its_work_does_not_fail_the_event()
    {
        var message = Message(1, $"unfinished-{Id}") with { FirstAttemptAt = ADayAgo };
        await RecordAsync(Message(1));

        Assert.IsType<Settlement.Complete>(await App.GetRequiredService<EventRetry>().RetryAsync(message, "The API is unavailable.", Cancel));
        Assert.IsType<Settlement.Complete>(await App.GetRequiredService<EventFailure>().FailAsync(
            message, null, DeadLetterReason.BodyMissing, "Read before the other message created the row.", Cancel));

        Assert.Equal(EventState.Downloading, (await RowAsync())!.State);
    }

    [Theory]
    [InlineData("unreachable")]
    [InlineData("crowded")]
    [InlineData("unfinished")]
    public async Task An_event_that_waits_for_the_API_names_its_stored_body_so_that_it_can_be_resent_without_its_message(string answer)
    {
        Provider.IsApiUnavailable = true;

        await RecordAsync(Message(1, $"{answer}-{Id}"));

        var row = (await RowAsync())!;
        Assert.Equal((EventState.Received, false, RawEventStore.NameOf(row.ToKey())), (row.State, row.IsInterpreted, row.RawBlob));
        Assert.Equal(Message(1, $"{answer}-{Id}").Body.ToArray(), (await RawEvents.ReadAsync(row.RawBlob!, row.BodySha256, Cancel))?.ToArray());
    }

    private static AssetSource Named(string name) => new() { Name = name, Url = $"https://example.com/{name}" };

    private async Task FailAsync()
    {
        var row = (await RowAsync())!;
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().UpdateAsync(row.MarkFailed("RetriesExhausted", "", Clock.GetUtcNow()), Cancel));
    }

    /// <summary>Ends assets without counting them, as an old version of the app did, or as in a race with a replacement of the event's row.</summary>
    private async Task EndAsync(int count, AssetState state)
    {
        foreach (var asset in (await AssetsAsync()).Take(count))
        {
            asset.State = state;
            Assert.Equal(WriteResult.Written, await Storage.OpenEvents().UpdateAsync(asset, Cancel));
        }
    }
}
