using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>Reader of signing secrets that reports an unusable one by its setting's name, never by its value.</summary>
public static class HmacSecrets
{
    private const string StandardPrefix = "whsec_";

    private const string Quotes = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb";

    // Standard Webhooks asks senders for 24 to 64 bytes; one of their own vectors has 23. Below 16 a secret can be guessed.
    private const int MinStandardBytes = 16;
    private const int MaxStandardBytes = 1024;

    // The provider chooses the length of a text secret. A shorter one is a truncated paste, or "whsec_" alone.
    private const int MinTextBytes = 8;

    /// <summary>
    /// Reads Standard Webhooks secrets, separated by white space: base64 after an optional <c>whsec_</c>, with or without padding. Returns null if
    /// the setting is missing or any secret in it is invalid. With only half of a rotation's secrets, half of the webhooks would be rejected
    /// unnoticed.
    /// </summary>
    public static HmacKeyRing? Standard(ProviderSettings settings, string setting) =>
        Read(settings, setting, MinStandardBytes, text => DecodeStandard(text) ?? []);

    /// <summary>Reads secrets in the given form. Returns null as <see cref="Standard"/> does.</summary>
    public static HmacKeyRing? Read(ProviderSettings settings, string setting, HmacKeyForm form) => form switch
    {
        HmacKeyForm.Base64 => Standard(settings, setting),
        HmacKeyForm.Text => Text(settings, setting),
        HmacKeyForm.TextBehindPrefix => Text(settings, setting, StandardPrefix),
        _ => throw new ArgumentOutOfRangeException(nameof(form)),
    };

    /// <summary>Reads secrets, separated by white space, whose UTF-8 text is the key. Returns null as <see cref="Standard"/> does.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="setting">The setting's name.</param>
    /// <param name="prefix">An optional prefix that is not part of the key. The default value is empty.</param>
    public static HmacKeyRing? Text(ProviderSettings settings, string setting, string prefix = "")
    {
        // Quotation marks and separators are part of no known secret. With one of them in the key, every webhook would be rejected.
        foreach (var secret in settings.List(setting))
        {
            if (Quotes.Contains(secret[0]) || Quotes.Contains(secret[^1]))
            {
                settings.Report(setting, "is in quotation marks: set the secret without them");
                return null;
            }

            if (secret.AsSpan().ContainsAny(',', ';'))
            {
                settings.Report(setting, "contains a comma or a semicolon: separate several secrets by spaces");
                return null;
            }
        }

        return Read(
            settings,
            setting,
            MinTextBytes,
            secret => Encoding.UTF8.GetBytes(secret.StartsWith(prefix, StringComparison.Ordinal) ? secret[prefix.Length..] : secret));
    }

    private static HmacKeyRing? Read(ProviderSettings settings, string setting, int minBytes, Func<string, byte[]> decode)
    {
        var secrets = settings.List(setting);
        if (secrets.Count == 0)
        {
            return null;
        }

        if (secrets.Count > HmacKeyRing.MaxKeys)
        {
            settings.Report(setting, $"contains more than {HmacKeyRing.MaxKeys} secrets");
            return null;
        }

        var keys = secrets.Select(decode).ToList();
        if (keys.TrueForAll(key => key.Length >= minBytes))
        {
            return new HmacKeyRing(keys);
        }

        settings.Report(setting, keys.Exists(key => key.Length == 0) ? "is not a signing secret" : $"is too short: at least {minBytes} bytes are needed");
        keys.ForEach(key => CryptographicOperations.ZeroMemory(key));
        return null;
    }

    private static byte[]? DecodeStandard(string secret)
    {
        var text = secret.StartsWith(StandardPrefix, StringComparison.Ordinal) ? secret[StandardPrefix.Length..] : secret;
        var bare = text.TrimEnd('=');
        var padded = bare.PadRight((bare.Length + 3) / 4 * 4, '=');
        // Base64.IsValid is not used: it requires the last character's unused bits to be zero, which they are not in a secret cut out of random
        // letters.
        Span<byte> key = stackalloc byte[MaxStandardBytes];
        var decoded = Convert.TryFromBase64String(padded, key, out var length) ? key[..length].ToArray() : null;
        CryptographicOperations.ZeroMemory(key);
        return decoded;
    }
}
