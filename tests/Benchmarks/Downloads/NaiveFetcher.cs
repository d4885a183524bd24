using Azure.Storage.Blobs;

namespace Benchmarks.Downloads;

/// <summary>Fetcher that passes the response's stream to <c>UploadAsync</c>, and handles no failure.</summary>
internal sealed class NaiveFetcher : IFetcher
{
    private readonly HttpClient _http = new(new SocketsHttpHandler());
    private readonly BlobContainerClient _container;
    private int _count;

    public NaiveFetcher(BlobServiceClient blobs) => _container = blobs.GetBlobContainerClient("naive");

    public async Task FetchAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await using var body = await _http.GetStreamAsync(order.Source, cancellationToken);
        var blob = _container.GetBlobClient($"{Environment.ProcessId}/{_count++}.mp4");
        await blob.UploadAsync(body, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
