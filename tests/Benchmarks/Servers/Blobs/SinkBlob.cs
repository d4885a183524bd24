using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Benchmarks.Servers.Blobs;

/// <summary>What the sink remembers of a blob: everything but its bytes.</summary>
internal sealed class SinkBlob
{
    private static readonly string[] Kept = ["x-ms-blob-content-type", "x-ms-blob-content-md5"];

    private Dictionary<string, string> _headers = [];

    /// <summary>Blocks that were put and not committed, with their lengths.</summary>
    public ConcurrentDictionary<string, long> Staged { get; } = new(StringComparer.Ordinal);

    public bool IsCommitted { get; private set; }

    public long Length { get; private set; }

    /// <summary>Commits; false where it was committed before and the request does not want that.</summary>
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
                .Where(header => Kept.Contains(header.Key, StringComparer.OrdinalIgnoreCase) || IsMetadata(header.Key))
                .ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            Staged.Clear();
            return true;
        }
    }

    /// <summary>Writes the headers that describe the blob.</summary>
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
