using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Benchmarks.Servers.Blobs;

/// <summary>Blob of the sink: everything except its bytes.</summary>
internal sealed class SinkBlob
{
    private static readonly string[] StoredHeaders = ["x-ms-blob-content-type", "x-ms-blob-content-md5"];

    private Dictionary<string, string> _headers = [];

    /// <summary>Gets the uncommitted blocks, with their lengths.</summary>
    public ConcurrentDictionary<string, long> Staged { get; } = new(StringComparer.Ordinal);

    public bool IsCommitted { get; private set; }

    public long Length { get; private set; }

    /// <summary>Commits the blob. Returns false if it is committed already and the request does not allow overwriting.</summary>
    public bool TryCommit(long length, HttpRequest request)
    {
        lock (Staged)
        {
            if (IsCommitted && request.Headers.IfNoneMatch == "*")
            {
                return false;
            }

            (IsCommitted, Length) = (true, length);
            _headers = request.Headers
                .Where(header => StoredHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase) || IsMetadata(header.Key))
                .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            Staged.Clear();
            return true;
        }
    }

    /// <summary>Sets the response's headers that describe the blob.</summary>
    public void Describe(HttpResponse response)
    {
        response.ContentLength = Length;
        response.Headers["x-ms-blob-type"] = "BlockBlob";
        foreach (var (name, value) in _headers)
        {
            response.Headers[IsMetadata(name) ? name : name.Replace("x-ms-blob-", "", StringComparison.OrdinalIgnoreCase)] = value;
        }
    }

    private static bool IsMetadata(string header) => header.StartsWith("x-ms-meta-", StringComparison.OrdinalIgnoreCase);
}
