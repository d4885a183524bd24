namespace Benchmarks.Downloads;

/// <summary>Runner that keeps a given number of downloads in progress: when one ends, it starts the next.</summary>
internal sealed class ConstantDownloads(IFetcher fetcher) : IAsyncDisposable
{
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Cancels the downloads in progress, and starts <paramref name="count"/> others.</summary>
    /// <exception cref="InvalidOperationException">One of the earlier downloads failed.</exception>
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
                // A cancelled download is no failure.
            }
        }
    }
}
