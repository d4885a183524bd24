namespace Benchmarks.Downloads;

/// <summary>Downloader of media by one method.</summary>
internal interface IFetcher : IAsyncDisposable
{
    /// <summary>Carries out one download.</summary>
    /// <exception cref="InvalidOperationException">The download failed or is incomplete.</exception>
    Task FetchAsync(FetchOrder order, CancellationToken cancellationToken);
}
