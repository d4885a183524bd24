using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Verification;

/// <summary>
/// A provider's published RSA keys, by key id. They are fetched when first asked for, again when they are old, and again when a token names a key
/// that is not among them; but never more than once in <see cref="RefreshInterval"/>, whatever is asked and whether or not it succeeds.
/// While the document cannot be had the keys at hand serve on, up to <see cref="Lifetime"/>; then there are none.
/// </summary>
/// <remarks>
/// Not Microsoft.IdentityModel's ConfigurationManager: it takes its time from the machine's clock alone, and it has no end after which old keys
/// stop to serve.
/// </remarks>
public sealed class JwksCache(OutboundHttp http, Uri address, TimeProvider clock)
{
    /// <summary>The least time between two fetches: whoever sends tokens with invented key ids causes no more than this.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(1);

    /// <summary>The age from which keys are fetched anew although they would do.</summary>
    public static readonly TimeSpan RefreshAge = TimeSpan.FromHours(6);

    /// <summary>The age at which keys stop to serve: one that was withdrawn is trusted for this long at most.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    // A webhook's sender waits for the answer meanwhile.
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(5);

    // Google's has some 1.5 KB for each key.
    private const int MaxDocumentBytes = 256 * 1024;

    private const int MinKeyBits = 2048;

    private readonly Lock _lock = new();
    private KeySet? _keys;
    private DateTimeOffset? _lastAttempt;
    private Task _refresh = Task.CompletedTask;

    /// <summary>The key of that id; null where the provider publishes none such, or its keys cannot be had.</summary>
    public async ValueTask<RsaSecurityKey?> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        if (Current() is { } keys && keys.ById.TryGetValue(keyId, out var known))
        {
            if (Age(keys) >= RefreshAge)
            {
                // Not waited for: what is known serves meanwhile.
                _ = RefreshAsync();
            }

            return known;
        }

        // All who come while a fetch runs wait for that one.
        await RefreshAsync().WaitAsync(cancellationToken);
        return Current() is { } fresh && fresh.ById.TryGetValue(keyId, out var key) ? key : null;
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

    // Never throws: a fetch that failed leaves the keys as they were.
    private async Task FetchAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(FetchTimeout, clock);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = await http.SendAsync(request, patience.Token);
            if (!response.IsSuccessStatusCode)
            {
                return;
            }

            await using var content = await response.Content.ReadAsStreamAsync(patience.Token);
            var buffer = new byte[MaxDocumentBytes + 1];
            var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, patience.Token);
            if (length <= MaxDocumentBytes && Read(Encoding.UTF8.GetString(buffer, 0, length)) is { Count: > 0 } keys)
            {
                lock (_lock)
                {
                    _keys = new KeySet(keys, clock.GetUtcNow());
                }
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or ArgumentException)
        {
            // The document is away or is none. Those who wait find no key, and that is counted where the webhook is refused.
        }
    }

    private static Dictionary<string, RsaSecurityKey> Read(string document)
    {
        Dictionary<string, RsaSecurityKey> keys = new(StringComparer.Ordinal);
        foreach (var published in new JsonWebKeySet(document).Keys)
        {
            if (TryRead(published, out var key))
            {
                keys.TryAdd(published.KeyId, key);
            }
        }

        return keys;
    }

    private static bool TryRead(JsonWebKey published, [NotNullWhen(true)] out RsaSecurityKey? key)
    {
        key = null;
        if (published is not { Kty: JsonWebAlgorithmsKeyTypes.RSA, KeyId.Length: > 0, Use: null or "" or JsonWebKeyUseNames.Sig, Alg: null or "" or SecurityAlgorithms.RsaSha256 })
        {
            return false;
        }

        try
        {
            var parameters = new System.Security.Cryptography.RSAParameters
            {
                Modulus = Base64UrlEncoder.DecodeBytes(published.N),
                Exponent = Base64UrlEncoder.DecodeBytes(published.E),
            };
            key = new RsaSecurityKey(parameters) { KeyId = published.KeyId };
            return key.KeySize >= MinKeyBits;
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            return false;
        }
    }

    private sealed record KeySet(Dictionary<string, RsaSecurityKey> ById, DateTimeOffset FetchedAt);
}
