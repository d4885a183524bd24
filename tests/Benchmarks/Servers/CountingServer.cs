namespace Benchmarks.Servers;

/// <summary>The receive path over a queue that only counts: what the app itself costs.</summary>
internal static class CountingServer
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var queue = new CountingServiceBus();
        await using var app = ReceivingServer.Build(queue);
        await ServerHost.ServeAsync(app, () => Task.FromResult(queue.Kept), cancellationToken);
    }
}
