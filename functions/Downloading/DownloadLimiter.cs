using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Limiter of concurrent downloads, in all and per host, that keeps a line of waiting downloads for each host. <c>maxConcurrentCalls</c> in
/// host.json cannot be the limit, because it applies to every queue alike and does not distinguish hosts. Memory bounds the total: see
/// <see cref="AssetOptions.MaxDownloads"/>.
/// </summary>
/// <remarks>
/// A free slot goes to the hosts in turn, and within a host to the download that has waited longest. A host with thousands of assets therefore
/// delays another by one download at most.
/// </remarks>
public sealed class DownloadLimiter(IOptions<AssetOptions> options)
{
    // The maximum number of waiting downloads in memory. Each holds a link of a few kilobytes at most. Further ones wait only as scheduled messages.
    private const int MaxWaiting = 10_000;

    // The weight of the last download in the moving average of its host's durations.
    private const double Weight = 0.125;

    // The duration that is assumed until the first download of a host has ended.
    private static readonly TimeSpan UsualDuration = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Host> _hosts = [];
    private readonly Queue<Host> _turns = [];
    private int _running;
    private int _waiting;

    /// <summary>Takes a slot for a download. Returns null at once if none is free: waiting would occupy one of the function's concurrent calls.</summary>
    public IDisposable? TryEnter(AssetMessage message)
    {
        lock (_lock)
        {
            var host = Find(message);
            if (CanRun(host))
            {
                return Acquire(host);
            }

            RemoveIfIdle(host);
            return null;
        }
    }

    /// <summary>
    /// Adds a download to its host's line. One that is already in the line keeps its place and gets the newer message. Returns its estimated wait.
    /// </summary>
    public TimeSpan Join(WaitingDownload download)
    {
        lock (_lock)
        {
            var host = Find(download.Message);
            var key = KeyOf(download.Message);
            var place = host.Line.IndexOf(key);
            if (place >= 0)
            {
                host.Line.SetAt(place, download);
            }
            else
            {
                place = host.Line.Count;
                if (_waiting < MaxWaiting)
                {
                    host.Line.Add(key, download);
                    _waiting++;
                    if (place == 0)
                    {
                        _turns.Enqueue(host);
                    }
                }
            }

            // The longer of two waits: for the host's own slots, and for its turns among all hosts with lines. It is not rounded, so that
            // the scheduled messages spread out and each finds a slot that has just become free.
            var turns = Math.Max(
                (double)place / options.Value.DownloadsPerHost, (double)Math.Min(_waiting, place * _turns.Count) / options.Value.MaxDownloads);
            RemoveIfIdle(host);
            return host.Duration * (turns + 1);
        }
    }

    /// <summary>Takes the next download out of its line, together with a slot. Returns false if none waits, or none may run.</summary>
    public bool TryTakeNext([NotNullWhen(true)] out WaitingDownload? download, [NotNullWhen(true)] out IDisposable? slot)
    {
        lock (_lock)
        {
            for (var left = _turns.Count; left > 0; left--)
            {
                var host = _turns.Dequeue();
                if (!CanRun(host))
                {
                    _turns.Enqueue(host);
                    continue;
                }

                download = host.Line.GetAt(0).Value;
                host.Line.RemoveAt(0);
                _waiting--;
                if (host.Line.Count > 0)
                {
                    _turns.Enqueue(host);
                }

                slot = Acquire(host);
                return true;
            }

            (download, slot) = (null, null);
            return false;
        }
    }

    /// <summary>
    /// Returns whether a recovered download in the line continues <paramref name="message"/>. Its own message was read from the queue, so it exists.
    /// </summary>
    public bool HasRecovered(AssetMessage message)
    {
        lock (_lock)
        {
            var host = Find(message);
            var isRecovered = host.Line.TryGetValue(KeyOf(message), out var waiting)
                && waiting.RecoveredDueAt is not null
                && (waiting.Message.Reopenings, waiting.Message.Attempt) == (message.Reopenings, message.Attempt)
                && waiting.Message.Continuation > message.Continuation;
            RemoveIfIdle(host);
            return isRecovered;
        }
    }

    /// <summary>Returns whether any download waits.</summary>
    public bool HasWaiting()
    {
        lock (_lock)
        {
            return _waiting > 0;
        }
    }

    /// <summary>Records the duration of an attempt, for the estimates of its host. The attempt still holds its slot.</summary>
    public void Record(AssetMessage message, TimeSpan duration)
    {
        lock (_lock)
        {
            var host = Find(message);
            host.Duration = host.HasEnded ? host.Duration + Weight * (duration - host.Duration) : duration;
            host.HasEnded = true;
            RemoveIfIdle(host);
        }
    }

    private static (string Event, string Row) KeyOf(AssetMessage message) => (message.Event.PartitionKey, message.Row);

    private bool CanRun(Host host) => _running < options.Value.MaxDownloads && host.Running < options.Value.DownloadsPerHost;

    private Slot Acquire(Host host)
    {
        host.Running++;
        _running++;
        return new Slot(this, host);
    }

    private void Release(Host host)
    {
        lock (_lock)
        {
            host.Running--;
            _running--;
            RemoveIfIdle(host);
        }
    }

    private Host Find(AssetMessage message)
    {
        var name = message.Source.Host ?? "";
        if (!_hosts.TryGetValue(name, out var host))
        {
            _hosts.Add(name, host = new Host(name, UsualDuration));
        }

        return host;
    }

    // Forgets a host without downloads. The number of hosts in links is unbounded, so idle ones must not stay in memory.
    private void RemoveIfIdle(Host host)
    {
        if (host.Running == 0 && host.Line.Count == 0)
        {
            _hosts.Remove(host.Name);
        }
    }

    private sealed class Host(string name, TimeSpan usualDuration)
    {
        public string Name { get; } = name;

        public int Running { get; set; }

        public TimeSpan Duration { get; set; } = usualDuration;

        public bool HasEnded { get; set; }

        public OrderedDictionary<(string Event, string Row), WaitingDownload> Line { get; } = [];
    }

    private sealed class Slot(DownloadLimiter limiter, Host host) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                limiter.Release(host);
            }
        }
    }
}
