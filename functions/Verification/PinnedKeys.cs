using NSec.Cryptography;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>The Ed25519 public keys that a setting holds, for a service that publishes no document of them.</summary>
public sealed class PinnedKeys : IKeySource
{
    private readonly PublishedKeys _keys;

    private PinnedKeys(IReadOnlyList<PublicKey> keys) => _keys = PublishedKeys.Of(keys);

    /// <summary>
    /// The keys in a setting, with white space between them: 32 bytes each, in hex or base64. Null where it is missing, and where any of them is unsound,
    /// which is reported.
    /// </summary>
    public static PinnedKeys? Read(ProviderSettings settings, string setting)
    {
        List<PublicKey> keys = [];
        foreach (var text in settings.List(setting))
        {
            if (TryRead(text) is not { } key)
            {
                settings.Report(setting, "is not an Ed25519 public key: 32 bytes in hex or base64 are wanted");
                return null;
            }

            keys.Add(key);
        }

        if (keys.Count > PublishedKeys.MaxEd25519Keys)
        {
            settings.Report(setting, $"holds more than {PublishedKeys.MaxEd25519Keys} keys");
            return null;
        }

        return keys.Count > 0 ? new PinnedKeys(keys) : null;
    }

    public ValueTask<KeySearch> SearchAsync(Func<PublishedKeys, bool> fits, CancellationToken cancellationToken) =>
        ValueTask.FromResult(fits(_keys) ? KeySearch.Found : KeySearch.NotPublished);

    private static PublicKey? TryRead(string text)
    {
        Span<byte> point = stackalloc byte[SignatureAlgorithm.Ed25519.PublicKeySize];
        return (SignatureEncoding.Hex.TryDecode(text, point) || SignatureEncoding.Base64.TryDecode(text, point))
            && PublicKey.TryImport(SignatureAlgorithm.Ed25519, point, KeyBlobFormat.RawPublicKey, out var key)
                ? key
                : null;
    }
}
