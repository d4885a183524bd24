using System.Collections.Concurrent;

namespace WebhookFunctions.Downloading;

/// <summary>Downloads in progress in this process, and how far they are.</summary>
public sealed class RunningDownloads
{
    private readonly ConcurrentDictionary<RunningDownload, bool> _running = new();

    /// <summary>Gets the downloads in progress, in no order.</summary>
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

    /// <summary>Bytes of the asset that are there, those of earlier attempts among them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes of the whole asset; null where the source does not say.</summary>
    public long? TotalBytes => Interlocked.Read(ref _totalBytes) is >= 0 and var total ? total : null;

    internal void Begin(long bytes, long? totalBytes)
    {
        Interlocked.Exchange(ref _bytes, bytes);
        Interlocked.Exchange(ref _totalBytes, totalBytes ?? -1);
    }

    internal void Advance(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
