using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Limit of concurrent downloads, in all and per host, with a line of waiting downloads for each host. <c>maxConcurrentCalls</c> in host.json cannot be
/// the limit: it applies to every queue alike, and knows no hosts. Memory bounds it: see <see cref="AssetOptions.MaxDownloads"/>.
/// </summary>
/// <remarks>
/// A slot that becomes free goes to the hosts in turn, and within a host to the download that has waited longest. So a host with thousands of assets
/// delays another by no more than one download.
/// </remarks>
public sealed class DownloadLimiter(IOptions<AssetOptions> options)
{
    // Each holds a link, a few kilobytes at most. More wait on the queue alone.
    private const int MaxWaiting = 10_000;

    // The part of the last download in the mean duration of its host's downloads.
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
                return Take(host);
            }

            Forget(host);
            return null;
        }
    }

    /// <summary>
    /// Adds a download to its host's line. One that is in it already keeps its place, with the message that is newer. Returns how long its wait is estimated
    /// to be.
    /// </summary>
    public TimeSpan Join(WaitingDownload download)
    {
        lock (_lock)
        {
            var host = Find(download.Message);
            var key = (download.Message.Event.PartitionKey, download.Message.Row);
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

            // The slots of the host, or where several hosts have a line, their turns at all slots, whichever takes longer. Not rounded: scheduled
            // messages that come one by one find a slot that has just become idle, and those that come together find none.
            var turns = Math.Max(
                (double)place / options.Value.DownloadsPerHost, (double)Math.Min(_waiting, place * _turns.Count) / options.Value.MaxDownloads);
            Forget(host);
            return host.Duration * (turns + 1);
        }
    }

    /// <summary>Takes the next waiting download out of its line, with a slot for it. Returns false if none waits, or none may run.</summary>
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

                slot = Take(host);
                return true;
            }

            (download, slot) = (null, null);
            return false;
        }
    }

    /// <summary>Counts the duration of an attempt at a download, which holds its slot. The estimates of its host follow it.</summary>
    public void Record(AssetMessage message, TimeSpan duration)
    {
        lock (_lock)
        {
            var host = Find(message);
            host.Duration = host.HasEnded ? host.Duration + Weight * (duration - host.Duration) : duration;
            host.HasEnded = true;
            Forget(host);
        }
    }

    private bool CanRun(Host host) => _running < options.Value.MaxDownloads && host.Running < options.Value.DownloadsPerHost;

    private Slot Take(Host host)
    {
        host.Running++;
        _running++;
        return new Slot(this, host);
    }

    private void Leave(Host host)
    {
        lock (_lock)
        {
            host.Running--;
            _running--;
            Forget(host);
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

    // Links name hosts without number.
    private void Forget(Host host)
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
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                limiter.Leave(host);
            }
        }
    }
}
