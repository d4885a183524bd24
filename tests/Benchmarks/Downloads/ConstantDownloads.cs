namespace Benchmarks.Downloads;

/// <summary>Keeps a number of downloads running: when one has ended, the next begins.</summary>
internal sealed class ConstantDownloads(IFetcher fetcher) : IAsyncDisposable
{
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Ends those that run, and starts <paramref name="count"/> others.</summary>
    /// <exception cref="InvalidOperationException">One of those that ran did not arrive.</exception>
    public async Task SetAsync(int count, FetchOrder order)
    {
        await StopAsync();
        _stop = new CancellationTokenSource();
        _running = Task.WhenAll(Enumerable.Range(0, count).Select(_ => RepeatAsync(order, _stop.Token)));
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RepeatAsync(FetchOrder order, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await fetcher.FetchAsync(order, stop);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                // Broken off, and so it did not arrive.
            }
        }
    }
}
