using System.Security.Cryptography;

namespace Benchmarks.Downloads;

/// <summary>Fetcher that reads and hashes the media and discards the bytes.</summary>
internal sealed class HashFetcher(params HashAlgorithmName[] algorithms) : IFetcher
{
    private readonly HttpClient _http = new(new SocketsHttpHandler());
    private readonly byte[] _buffer = new byte[128 * 1024];

    public async Task FetchAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var hashes = Array.ConvertAll(algorithms, IncrementalHash.CreateHash);
        await using var body = await _http.GetStreamAsync(order.Source, cancellationToken);
        var left = order.Bytes;
        for (int count; (count = await body.ReadAsync(_buffer, cancellationToken)) > 0; left -= count)
        {
            foreach (var hash in hashes)
            {
                hash.AppendData(_buffer, 0, count);
            }
        }

        Array.ForEach(hashes, hash => hash.Dispose());
        if (left != 0)
        {
            throw new InvalidOperationException($"The media are {left} bytes shorter than expected.");
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
