namespace Benchmarks.Downloads;

/// <summary>Brings media from a source to where it belongs.</summary>
internal interface IFetcher : IAsyncDisposable
{
    /// <summary>Fetches one thing.</summary>
    /// <exception cref="InvalidOperationException">It did not arrive.</exception>
    Task FetchAsync(FetchOrder order, CancellationToken cancellationToken);
}
