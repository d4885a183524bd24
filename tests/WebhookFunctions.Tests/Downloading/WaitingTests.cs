using Benchmarks.Suites.Waiting;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of the cost of assets that wait for a slot, for the broker and for the assets of other hosts.</summary>
public sealed class WaitingTests
{
    private const int OneHost = 3_500;

    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    public async Task Each_of_thousands_of_assets_of_one_host_causes_at_most_six_operations_of_the_broker_and_a_renewal_in_50_seconds(double seconds)
    {
        var simulation = await SimulateAsync(simulation => simulation.SendAll(OneHost, "busy.example", TimeSpan.FromSeconds(seconds)));

        Assert.All(simulation.Assets, asset => Assert.NotNull(asset.StoredAt));
        Assert.InRange((double)(simulation.Operations - simulation.Renewals) / OneHost, 3, 6);
        Assert.InRange((double)simulation.Renewals / OneHost, 0, seconds / 50);
        Assert.Equal(8, simulation.MaxRunning);

        // The slots were in use all the time.
        var least = OneHost / 8.0 * seconds;
        Assert.InRange(simulation.Assets.Max(asset => asset.StoredAt!.Value.TotalSeconds), least, least * 1.1 + 10);
    }

    [Fact]
    public async Task A_host_that_never_answers_delays_the_others_by_less_than_a_second()
    {
        var alone = await SimulateAsync(simulation => simulation.SendOthers());
        var beside = await SimulateAsync(
            simulation =>
            {
                simulation.SendAll(2_000, "dead.example", duration: null);
                simulation.SendOthers();
            },
            until: TimeSpan.FromHours(1));

        Assert.InRange(beside.DelaysOfAnswering().Median - alone.DelaysOfAnswering().Median, -0.001, 1);
        Assert.InRange(beside.DelaysOfAnswering().Max, 1, 5);
    }

    [Fact]
    public async Task Hosts_with_waiting_assets_have_equal_shares_of_the_slots_so_a_host_with_few_assets_ends_soon()
    {
        var simulation = await SimulateAsync(simulation =>
        {
            simulation.SendAll(1_000, "large.example", TimeSpan.FromSeconds(2));
            simulation.SendAll(1_000, "other.example", TimeSpan.FromSeconds(2));
            for (var i = 0; i < 16; i++)
            {
                simulation.Send("small.example", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2));
            }
        });

        // The host has a third of 16 slots, so it needs three rounds, and the first begins after the running downloads.
        Assert.InRange(simulation.Assets.Where(asset => asset.Host == "small.example").Max(asset => asset.Delay).TotalSeconds, 2, 12);
        var (large, other) = (LastOf(simulation, "large.example"), LastOf(simulation, "other.example"));
        Assert.InRange(large / other, 0.95, 1.05);
        Assert.Equal(16, simulation.MaxRunning);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(400)]
    public async Task Downloads_that_wait_in_memory_when_the_process_ends_are_downloaded_by_the_next_one_at_full_speed(int crashAfterSeconds)
    {
        var operationsOfRecovery = 0;
        var simulation = await SimulateAsync(
            simulation =>
            {
                simulation.SendAll(1_000, "busy.example", TimeSpan.FromSeconds(5));
                simulation.Run(TimeSpan.FromSeconds(crashAfterSeconds));
                operationsOfRecovery -= simulation.Operations;
                simulation.Crash();
                simulation.Run(TimeSpan.FromSeconds(crashAfterSeconds + 1));
                operationsOfRecovery += simulation.Operations;
            });

        Assert.All(simulation.Assets, asset => Assert.NotNull(asset.StoredAt));

        // The slots were in use all the time. The running downloads of five seconds are lost, and begin again.
        const double Least = 1_000 / 8.0 * 5;
        Assert.InRange(simulation.Assets.Max(asset => asset.StoredAt!.Value.TotalSeconds), Least, (Least * 1.1) + 10);

        // A page of a hundred messages, or of the end, is one operation. Each redelivered message is received and settled.
        Assert.InRange(operationsOfRecovery, 2, 100);
    }

    /// <summary>Runs the simulation outside any test scheduler, so that all of it runs on one thread.</summary>
    private static Task<WaitingSimulation> SimulateAsync(Action<WaitingSimulation> prepare, TimeSpan? until = null) => Task.Run(() =>
    {
        var simulation = new WaitingSimulation();
        prepare(simulation);
        simulation.Run(until);
        return simulation;
    });

    private static double LastOf(WaitingSimulation simulation, string host) =>
        simulation.Assets.Where(asset => asset.Host == host).Max(asset => asset.StoredAt!.Value.TotalSeconds);
}
