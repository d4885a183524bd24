using System.Text;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Verification;

/// <summary>
/// Cache of a provider's published keys. They are fetched when first needed, when they are old, and when none of them verifies a signature. Fetches
/// are at least <see cref="RefreshInterval"/> apart, whether or not they succeed. While the document is unavailable the known keys stay valid, up to
/// <see cref="Lifetime"/>.
/// </summary>
/// <remarks>
/// Microsoft.IdentityModel's ConfigurationManager is not used: it reads only the machine's clock, and it never expires old keys.
/// </remarks>
public sealed class JwksCache(OutboundHttp http, Uri address, TimeProvider clock) : IKeySource
{
    /// <summary>The minimum time between two fetches. It bounds the fetches that forged signatures can cause.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);

    /// <summary>The age from which keys are fetched again even though a known one verifies the signature.</summary>
    public static readonly TimeSpan RefreshAge = TimeSpan.FromHours(6);

    /// <summary>The age at which keys expire. It bounds how long a withdrawn key is trusted.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    // The timeout of a fetch. The webhook's sender waits for the answer meanwhile.
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(5);

    // The maximum size of the document. Google's has some 1.5 KB for each key.
    private const int MaxDocumentBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private KeySet? _keys;
    private bool _isCurrent;
    private DateTimeOffset? _lastAttempt;
    private Task _refresh = Task.CompletedTask;

    /// <inheritdoc/>
    /// <remarks>A running fetch continues when the search is cancelled.</remarks>
    public async ValueTask<KeySearch> SearchAsync(Func<PublishedKeys, bool> fits, CancellationToken cancellationToken)
    {
        var known = Current();
        if (known is not null && fits(known.Keys))
        {
            if (Age(known) >= RefreshAge)
            {
                // Fetched in the background: the known key serves meanwhile.
                _ = RefreshAsync();
            }

            return KeySearch.Found;
        }

        // Concurrent callers share one fetch.
        await RefreshAsync().WaitAsync(cancellationToken);
        if (Current() is { } fresh && fresh != known && fits(fresh.Keys))
        {
            return KeySearch.Found;
        }

        lock (_lock)
        {
            return _isCurrent ? KeySearch.NotPublished : KeySearch.Unavailable;
        }
    }

    private Task RefreshAsync()
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (_refresh.IsCompleted && (_lastAttempt is not { } last || now - last >= RefreshInterval))
            {
                _lastAttempt = now;
                // The fetch serves all its callers, so none of them can cancel it.
                _refresh = Task.Run(FetchAsync);
            }

            return _refresh;
        }
    }

    private KeySet? Current()
    {
        lock (_lock)
        {
            return _keys is { } keys && Age(keys) < Lifetime ? keys : null;
        }
    }

    private TimeSpan Age(KeySet keys) => clock.GetUtcNow() - keys.FetchedAt;

    // Fetches the document. Never throws: after a failure the keys stay as they were and count as possibly outdated.
    private async Task FetchAsync()
    {
        PublishedKeys? fetched = null;
        try
        {
            fetched = await ReadAsync();
        }
        catch (Exception)
        {
            // The document is unavailable or malformed. Requests that wait find no key, and their rejections are counted.
        }

        lock (_lock)
        {
            _isCurrent = fetched is not null;
            _keys = fetched is null ? _keys : new KeySet(fetched, clock.GetUtcNow());
        }
    }

    private async Task<PublishedKeys?> ReadAsync()
    {
        using var timeout = new CancellationTokenSource(FetchTimeout, clock);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await http.SendAsync(request, timeout.Token);
        if (!response.IsSuccessStatusCode)
        {
            return null;
        }

        await using var content = await response.Content.ReadAsStreamAsync(timeout.Token);
        var buffer = new byte[MaxDocumentBytes + 1];
        var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, timeout.Token);
        return length <= MaxDocumentBytes ? PublishedKeys.TryRead(Encoding.UTF8.GetString(buffer, 0, length)) : null;
    }

    private sealed record KeySet(PublishedKeys Keys, DateTimeOffset FetchedAt);
}
