namespace Benchmarks.Servers;

/// <summary>Server that runs the receive path over a queue that only counts, which measures the app alone.</summary>
internal static class CountingServer
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var queue = new CountingServiceBus();
        await using var app = ReceivingServer.Build(queue);
        await ServerHost.ServeAsync(app, () => Task.FromResult(queue.Count), cancellationToken);
    }
}
