using NSec.Cryptography;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>Ed25519 public keys from a setting, for a service that publishes no key document.</summary>
public sealed class PinnedKeys : IKeySource
{
    private readonly PublishedKeys _keys;

    private PinnedKeys(IReadOnlyList<PublicKey> keys) => _keys = PublishedKeys.Create(keys);

    /// <summary>
    /// Reads the keys in a setting, separated by white space: 32 bytes each, in hex or base64. Returns null if the setting is missing, or if any key
    /// is invalid, which is reported.
    /// </summary>
    public static PinnedKeys? Read(ProviderSettings settings, string setting)
    {
        List<PublicKey> keys = [];
        foreach (var text in settings.List(setting))
        {
            if (TryRead(text) is not { } key)
            {
                settings.Report(setting, "is not an Ed25519 public key: it must be 32 bytes in hex or base64");
                return null;
            }

            keys.Add(key);
        }

        if (keys.Count > PublishedKeys.MaxEd25519Keys)
        {
            settings.Report(setting, $"contains more than {PublishedKeys.MaxEd25519Keys} keys");
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
