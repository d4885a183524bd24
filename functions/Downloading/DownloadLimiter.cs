using Microsoft.Extensions.Options;

namespace WebhookFunctions.Downloading;

/// <summary>
/// Limit of concurrent downloads, in all and per host. <c>maxConcurrentCalls</c> in host.json cannot be it: that applies to every queue alike, and knows
/// no hosts. Memory bounds it: see <see cref="AssetOptions.MaxDownloads"/>.
/// </summary>
public sealed class DownloadLimiter(IOptions<AssetOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.MaxDownloads);
    private readonly Dictionary<string, int> _hosts = [];

    /// <summary>
    /// Takes a slot for a download from <paramref name="host"/>, and waits while all are taken. Returns null instead of waiting for a slot of the host:
    /// waiting would occupy one of the function's concurrent calls.
    /// </summary>
    public async Task<IDisposable?> EnterAsync(string host, CancellationToken cancellationToken)
    {
        if (!TryCount(host))
        {
            return null;
        }

        try
        {
            await _slots.WaitAsync(cancellationToken);
            return new Slot(this, host);
        }
        catch
        {
            Uncount(host);
            throw;
        }
    }

    public void Dispose() => _slots.Dispose();

    private bool TryCount(string host)
    {
        lock (_hosts)
        {
            var count = _hosts.GetValueOrDefault(host);
            if (count >= options.Value.DownloadsPerHost)
            {
                return false;
            }

            _hosts[host] = count + 1;
            return true;
        }
    }

    private void Uncount(string host)
    {
        lock (_hosts)
        {
            if (--_hosts[host] == 0)
            {
                _hosts.Remove(host);
            }
        }
    }

    private sealed class Slot(DownloadLimiter limiter, string host) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                limiter.Uncount(host);
                limiter._slots.Release();
            }
        }
    }
}
