using System.Text;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Verification;

/// <summary>
/// A provider's published keys. They are fetched when first needed, when they are old, and when no key fits. That is never more than once in
/// <see cref="RefreshInterval"/>, whether or not the fetch succeeds. While the document is unavailable the known keys stay in use, up to
/// <see cref="Lifetime"/>.
/// </summary>
/// <remarks>
/// Not Microsoft.IdentityModel's ConfigurationManager: it takes its time from the machine's clock alone, and it has no end after which old keys
/// stop to serve.
/// </remarks>
public sealed class JwksCache(OutboundHttp http, Uri address, TimeProvider clock) : IKeySource
{
    /// <summary>The least time between two fetches: signatures under invented keys cause no more fetches than this.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);

    /// <summary>The age from which keys are fetched again although a known one fits.</summary>
    public static readonly TimeSpan RefreshAge = TimeSpan.FromHours(6);

    /// <summary>The age at which keys expire: one that was withdrawn is trusted for this long at most.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    // A webhook's sender waits for the answer meanwhile.
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(5);

    // Google's has some 1.5 KB for each key.
    private const int MaxDocumentBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private KeySet? _keys;
    private bool _isCurrent;
    private DateTimeOffset? _lastAttempt;
    private Task _refresh = Task.CompletedTask;

    /// <inheritdoc/>
    /// <remarks>A fetch that runs continues when the search is cancelled.</remarks>
    public async ValueTask<KeySearch> SearchAsync(Func<PublishedKeys, bool> fits, CancellationToken cancellationToken)
    {
        var known = Current();
        if (known is not null && fits(known.Keys))
        {
            if (Age(known) >= RefreshAge)
            {
                // Not waited for: the known key serves meanwhile.
                _ = RefreshAsync();
            }

            return KeySearch.Found;
        }

        // All who come while a fetch runs wait for that one.
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
                // For all who wait: none of them can end it by hanging up.
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

    // Never throws: a fetch that failed leaves the keys as they were, and says that they may be out of date.
    private async Task FetchAsync()
    {
        PublishedKeys? fetched = null;
        try
        {
            fetched = await ReadAsync();
        }
        catch (Exception)
        {
            // The document is unavailable or malformed. Requests that wait find no key, and that is counted where the webhook is refused.
        }

        lock (_lock)
        {
            _isCurrent = fetched is not null;
            _keys = fetched is null ? _keys : new KeySet(fetched, clock.GetUtcNow());
        }
    }

    private async Task<PublishedKeys?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(FetchTimeout, clock);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await http.SendAsync(request, patience.Token);
        if (!response.IsSuccessStatusCode)
        {
            return null;
        }

        await using var content = await response.Content.ReadAsStreamAsync(patience.Token);
        var buffer = new byte[MaxDocumentBytes + 1];
        var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, patience.Token);
        return length <= MaxDocumentBytes ? PublishedKeys.TryRead(Encoding.UTF8.GetString(buffer, 0, length)) : null;
    }

    private sealed record KeySet(PublishedKeys Keys, DateTimeOffset FetchedAt);
}
