using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Maintenance;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Recording;

namespace WebhookFunctions.Tests.Operations;

/// <summary>
/// Tests of orphaned work that can be sent again only in part, or not at all. The queues are empty, as if they had been purged, and the sweep reads
/// every event of the account, so each test has its own.
/// </summary>
public sealed class UnfinishedSweepTests(AzuriteFixture azurite) : EventRecorderBench(azurite)
{
    private readonly AzuriteFixture _azurite = azurite;

    [Fact]
    public async Task Assets_are_sent_again_under_their_own_rows_although_the_API_names_them_in_another_order()
    {
        await RecordAsync(Message(2, Unreachable));
        AnswerWith("new", "a1", "a0");

        var sent = await SweepAsync(Overdue);

        Assert.Equal([("asset:00000", "a0"), ("asset:00001", "a1")], sent.Select(message => (message.Row, message.Source.Name)).Order());
        Assert.Equal(["a0", "a1"], (await AssetsAsync()).Select(asset => asset.Name));
    }

    [Fact]
    public async Task Assets_that_the_API_does_not_name_any_more_fail_at_once_and_can_be_fetched_again()
    {
        await RecordAsync(Message(2, Unreachable));
        AnswerWith("a1");

        Assert.Equal(["a1"], (await SweepAsync(Overdue)).Select(message => message.Source.Name));

        var lost = (await AssetsAsync())[0];
        Assert.Equal((AssetState.Failed, "LinkLost"), (lost.State, lost.ErrorCode));
        Assert.Contains("the event does not name it any more", lost.LastError, StringComparison.Ordinal);
        Assert.Equal((EventState.Downloading, 2, 0, 1), Counts((await RowAsync())!));

        AnswerWith();
        Assert.Empty(await SweepAsync(UnfinishedSweep.Pause + Overdue));
        Assert.Equal((EventState.CompletedWithFailures, 2, 0, 2), Counts((await RowAsync())!));

        AnswerWith("a0", "a1");
        Assert.Equal(202, (await RefetchAsync()).Status);
        Assert.Equal((EventState.Downloading, 2, 0, 0), Counts((await RowAsync())!));
    }

    [Fact]
    public async Task An_asset_that_the_API_named_only_before_a_crash_fails()
    {
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => throw new ServiceBusException("Away.", ServiceBusFailureReason.ServiceBusy);
        await RecordAsync(Message(2, Unreachable));
        Bus.Sender(QueueNames.AssetDownloads).BeforeSend = static _ => Task.CompletedTask;
        AnswerWith("a0");
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(2, Unreachable)));
        Assert.Equal((EventState.Downloading, 2, 0, 0), Counts((await RowAsync())!));

        await SweepAsync(Overdue);

        Assert.Equal([AssetState.Pending, AssetState.Failed], (await AssetsAsync()).Select(asset => asset.State));
    }

    [Theory]
    [InlineData("body", "its body is not available")]
    [InlineData("api", "the API of list could not be asked")]
    public async Task Assets_that_cannot_be_sent_again_for_now_fail_after_a_day(string missing, string reason)
    {
        await RecordAsync(Message(2, Unreachable));
        Provider.IsApiUnavailable = missing == "api";
        if (missing == "body")
        {
            await RawEvents.DeleteAsync((await RowAsync())!.RawBlob!, Cancel);
        }

        Assert.Empty(await SweepAsync(Overdue));
        Assert.Equal((EventState.Downloading, 2, 0, 0), Counts((await RowAsync())!));
        Assert.Empty(await SweepAsync(StalledEventDetector.LongestStandstill));

        Assert.Equal((EventState.CompletedWithFailures, 2, 0, 2), Counts((await RowAsync())!));
        Assert.All(await AssetsAsync(), asset => Assert.Equal("LinkLost", asset.ErrorCode));
        Assert.All(await AssetsAsync(), asset => Assert.Contains(reason, asset.LastError, StringComparison.Ordinal));
        Assert.Empty(await SweepAsync(StalledEventDetector.LongestStandstill));
    }

    [Fact]
    public async Task Assets_of_an_event_that_was_proven_since_fail_after_a_day_and_a_refetch_records_it_as_proven()
    {
        await RecordAsync(Message(2, Unproven));
        Assert.Equal((EventState.Downloading, Assurance.Unconfirmed), ((await RowAsync())!.State, (await RowAsync())!.Assurance));
        Provider.IsKeySet = true;

        Assert.Empty(await SweepAsync(Overdue));
        Assert.Empty(await SweepAsync(StalledEventDetector.LongestStandstill));

        Assert.Equal((EventState.CompletedWithFailures, 2, 0, 2), Counts((await RowAsync())!));
        Assert.Equal(202, (await RefetchAsync()).Status);
        Assert.IsType<Settlement.Complete>(await RecordAsync(Retry()));
        Assert.Equal((EventState.Downloading, Assurance.Confirmed), ((await RowAsync())!.State, (await RowAsync())!.Assurance));
        Assert.All(await AssetsAsync(), asset => Assert.Equal((AssetState.Pending, Assurance.Confirmed), (asset.State, asset.Assurance)));
    }

    [Fact]
    public async Task An_event_that_nothing_proves_any_more_is_not_fetched_again_because_its_messages_would_have_no_effect()
    {
        Provider.IsKeySet = true;
        await RecordAsync(Message(1, Unproven));
        AnswerWith();
        await SweepAsync(Overdue);
        Provider.IsKeySet = false;

        var (status, detail) = await RefetchAsync();

        Assert.Equal(409, status);
        Assert.Contains("nothing proves it any more (The event's signature does not prove its content", detail, StringComparison.Ordinal);
        Assert.Equal(EventState.CompletedWithFailures, (await RowAsync())!.State);
    }

    [Fact]
    public async Task An_event_that_was_never_read_and_whose_body_exists_nowhere_fails_after_a_day()
    {
        var row = EventRow.CreateUninterpreted(Message(1).ToReceived(default), rawBlob: null, Clock.GetUtcNow());
        Assert.Equal(WriteResult.Written, await Storage.OpenEvents().InsertAsync(row, [], Cancel));

        await SweepAsync(Overdue);
        Assert.Equal(EventState.Received, (await RowAsync())!.State);
        await SweepAsync(StalledEventDetector.LongestStandstill);

        row = (await RowAsync())!;
        Assert.Equal((EventState.Failed, "BodyMissing"), (row.State, row.Entity.GetString("ErrorCode")));
        Assert.Contains("its body was never stored", row.Entity.GetString("ErrorMessage"), StringComparison.Ordinal);
        var (status, detail) = await RefetchAsync();
        Assert.Equal(409, status);
        Assert.Contains("its body was not stored", detail, StringComparison.Ordinal);
        Assert.IsType<Settlement.Complete>(await RecordAsync(Message(1)));
        Assert.Equal(EventState.Downloading, (await RowAsync())!.State);
    }

    private protected override async Task<StorageClients> OpenStorageAsync() => await AzuriteStorage.StorageAsync(await _azurite.NewAccountAsync());

    // With it, links of unconfirmed events are fetched.
    private protected override Dictionary<string, string?> Settings => new() { ["Assets:AllowedHosts"] = "example.com" };

    private static TimeSpan Overdue => StalledEventDetector.Grace + TimeSpan.FromMinutes(1);

    // The beginning of the job's id means that only the API can prove the event.
    private string Unproven => $"keyed-{Id}";

    private static (EventState State, int Total, int Stored, int Failed) Counts(EventRow row) =>
        (row.State, row.AssetsTotal, row.AssetsStored, row.AssetsFailed);

    /// <summary>Lets the API name these assets and no others.</summary>
    private void AnswerWith(params string[] names) => Provider.Answer = generation => Task.FromResult(generation with
    {
        Assets = [.. names.Select(name => new AssetSource { Name = name, Url = $"https://example.com/{name}" })],
    });

    /// <summary>Sweeps after a time, and returns the asset messages that were sent.</summary>
    private async Task<IReadOnlyList<AssetMessage>> SweepAsync(TimeSpan after)
    {
        Clock.Advance(after);
        var before = Bus.Sender(QueueNames.AssetDownloads).Sent.Count;
        await App.GetRequiredService<UnfinishedSweep>().RunAsync(Cancel);
        return [.. Bus.Sender(QueueNames.AssetDownloads).Sent.Skip(before).Select(message => AssetMessage.TryRead(Received(message))!)];
    }

    /// <summary>Refetches the event, and returns the status and the detail of the answer.</summary>
    private async Task<(int Status, string? Detail)> RefetchAsync()
    {
        var answer = await App.GetRequiredService<EventRefetch>().RunAsync("list", Id, Cancel);
        var json = JsonElement.Parse(answer.Body.Span.ToArray());
        return ((int)answer.Status, json.TryGetProperty("detail", out var detail) ? detail.GetString() : null);
    }
}
