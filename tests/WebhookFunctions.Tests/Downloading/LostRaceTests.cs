using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests that a worker that loses a race stops without effect, and logs one line with event, asset and lease owner.</summary>
public sealed class LostRaceTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly CapturedLogs _logs = new();
    private AssetBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await AssetBench.CreateAsync(
            azurite, replace: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_logs)));
        await _bench.AnnounceAsync("https://media.example/v.mp4");
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task A_lease_that_another_message_holds_is_named_with_both_owners()
    {
        var (holder, other) = (_bench.NewDelivery(), _bench.NewDelivery());
        await using var lease = await AcquireAsync(holder);

        var held = Assert.IsType<LeaseResult.HeldByOther>(await TryAcquireAsync(await _bench.RowAsync(), other));

        Assert.Equal(lease.Row.LeaseExpiresAt, held.Until);
        AssertOneLine("cannot acquire", other.LeaseOwner, holder.LeaseOwner);
    }

    [Fact]
    public async Task A_lease_on_a_row_that_was_changed_since_it_was_read_is_not_acquired()
    {
        var stale = await _bench.RowAsync();
        var row = await _bench.RowAsync();
        Assert.Equal(WriteResult.Written, await _bench.Events.UpdateAsync(row, Cancel));
        var delivery = _bench.NewDelivery();

        Assert.IsType<LeaseResult.RowChanged>(await TryAcquireAsync(stale, delivery));

        AssertOneLine("cannot acquire the lease; the row was changed", delivery.LeaseOwner);
    }

    [Theory]
    [InlineData("7:3:token")]
    [InlineData("7:2:token")]
    public async Task A_lease_of_this_or_an_earlier_delivery_is_taken_over(string owner)
    {
        await LeaseToAsync(owner);

        var acquired = Assert.IsType<LeaseResult.Acquired>(await TryAcquireAsync(await _bench.RowAsync(), new MessageDelivery(7, "later", 3)));

        await acquired.Lease.DisposeAsync();
    }

    [Theory]
    [InlineData("7:4:token")]
    [InlineData("77:1:token")]
    [InlineData("7:unknown")]
    public async Task A_lease_of_a_later_delivery_or_of_another_message_is_not_taken_over(string owner)
    {
        // The invocation of a delivery that lost its lock may still take assets over from the waiting line of its process.
        await LeaseToAsync(owner);

        Assert.IsType<LeaseResult.HeldByOther>(await TryAcquireAsync(await _bench.RowAsync(), new MessageDelivery(7, "earlier", 3)));
    }

    [Fact]
    public async Task A_lease_that_a_later_delivery_takes_over_is_lost_and_both_are_named()
    {
        var first = _bench.NewDelivery();
        var second = first with { LockToken = "another" };
        await using var lease = await AcquireAsync(first);
        await using var newLease = await AcquireAsync(second);

        Assert.False(await lease.TryChangeAsync(_ => { }, Cancel));

        Assert.True(lease.LeaseLost.IsCancellationRequested);
        Assert.True(await newLease.TryChangeAsync(_ => { }, Cancel));
        AssertOneLine("took the lease over", second.LeaseOwner, first.LeaseOwner);
        AssertOneLine("lost the lease", first.LeaseOwner, second.LeaseOwner);
    }

    [Fact]
    public async Task A_final_state_that_was_not_written_is_logged()
    {
        var stale = await _bench.RowAsync();
        Assert.Equal(WriteResult.Written, await _bench.Events.UpdateAsync(await _bench.RowAsync(), Cancel));
        stale.State = AssetState.Stored;

        Assert.Equal(WriteResult.Changed, await _bench.Get<AssetCompletionWriter>().WriteAsync(stale, AssetState.Pending, Cancel));

        AssertOneLine("the final state was not written");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<LeaseResult> TryAcquireAsync(AssetRow row, MessageDelivery delivery) =>
        _bench.Get<AssetLeases>().AcquireAsync(row, delivery, attempt: 0, Cancel);

    private async Task LeaseToAsync(string owner)
    {
        var row = await _bench.RowAsync();
        (row.LeaseOwner, row.LeaseExpiresAt) = (owner, TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1));
        Assert.Equal(WriteResult.Written, await _bench.Events.UpdateAsync(row, Cancel));
    }

    private async Task<AssetLease> AcquireAsync(MessageDelivery delivery) =>
        Assert.IsType<LeaseResult.Acquired>(await TryAcquireAsync(await _bench.RowAsync(), delivery)).Lease;

    private void AssertOneLine(string text, params string[] owners)
    {
        var line = Assert.Single(_logs.Lines, line => line.Text.Contains(text, StringComparison.Ordinal));
        Assert.Equal(LogLevel.Debug, line.Level);
        Assert.All([_bench.Key.PartitionKey, AssetRow.KeyOf(0), .. owners], part => Assert.Contains(part, line.Text, StringComparison.Ordinal));
    }
}
