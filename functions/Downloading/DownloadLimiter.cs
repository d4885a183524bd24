using Microsoft.Extensions.Options;

namespace WebhookFunctions.Downloading;

/// <summary>
/// How many downloads run at once, in all and from one host. <c>maxConcurrentCalls</c> in host.json cannot say it: it holds for every queue alike, and knows of
/// no hosts. Memory is what bounds it: see <see cref="AssetOptions.MaxDownloads"/>.
/// </summary>
public sealed class DownloadLimiter(IOptions<AssetOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.Value.MaxDownloads);
    private readonly Dictionary<string, int> _hosts = [];

    /// <summary>
    /// A place for a download from <paramref name="host"/>, waited for while all are taken; null at once where that host has as many as it may have.
    /// Nobody waits for a slow host here: those who did would keep the function's calls from all others.
    /// </summary>
    public async Task<IDisposable?> EnterAsync(string host, CancellationToken cancellationToken)
    {
        if (!TryCount(host))
        {
            return null;
        }

        try
        {
            await _places.WaitAsync(cancellationToken);
            return new Slot(this, host);
        }
        catch
        {
            Uncount(host);
            throw;
        }
    }

    public void Dispose() => _places.Dispose();

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

    private sealed class Slot(DownloadLimiter gate, string host) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Uncount(host);
                gate._places.Release();
            }
        }
    }
}
