using System.Collections.Concurrent;

namespace WebhookFunctions.Downloading;

/// <summary>Registry of the downloads in progress in this process, and of their progress.</summary>
public sealed class RunningDownloads
{
    private readonly ConcurrentDictionary<RunningDownload, bool> _running = new();

    /// <summary>Gets the downloads in progress, in no particular order.</summary>
    public IReadOnlyCollection<RunningDownload> Now => [.. _running.Keys];

    internal void Add(RunningDownload download) => _running.TryAdd(download, true);

    internal void Remove(RunningDownload download) => _running.TryRemove(download, out _);
}

/// <summary>A download in progress.</summary>
/// <param name="provider">The provider.</param>
/// <param name="jobId">The job.</param>
/// <param name="name">The asset's name in its event.</param>
public sealed class RunningDownload(string provider, string jobId, string name)
{
    private long _bytes;
    private long _totalBytes = -1;

    public string Provider { get; } = provider;

    public string JobId { get; } = jobId;

    public string Name { get; } = name;

    /// <summary>The bytes of the asset that are read, including those of earlier attempts.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The length of the whole asset, in bytes; null if the source does not declare it.</summary>
    public long? TotalBytes => Interlocked.Read(ref _totalBytes) is >= 0 and var total ? total : null;

    internal void Begin(long bytes, long? totalBytes)
    {
        Interlocked.Exchange(ref _bytes, bytes);
        Interlocked.Exchange(ref _totalBytes, totalBytes ?? -1);
    }

    internal void Advance(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
