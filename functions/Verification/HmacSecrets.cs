using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>Reads signing secrets from settings. What cannot be used is reported, by the setting's name and never by its value.</summary>
public static class HmacSecrets
{
    private const string StandardPrefix = "whsec_";

    private const string Quotes = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb";

    // Standard Webhooks asks senders for 24 to 64 bytes; one of their own vectors has 23. Below 16 a secret can be guessed.
    private const int MinStandardBytes = 16;
    private const int MaxStandardBytes = 1024;

    // A text secret is the provider's choice. Shorter ones are remains of a pasted value, or "whsec_" alone.
    private const int MinTextBytes = 8;

    /// <summary>
    /// The keys of Standard Webhooks secrets, separated by white space: base64 after an optional <c>whsec_</c>, with or without its padding.
    /// Null where the setting is missing, and where any of them is unsound: with half of a rotation's secrets, half of the webhooks would be lost unnoticed.
    /// </summary>
    public static HmacKeyRing? Standard(ProviderSettings settings, string setting) =>
        Read(settings, setting, MinStandardBytes, text => DecodeStandard(text) ?? []);

    /// <summary>The keys in a setting of a described form. Null as for <see cref="Standard"/>.</summary>
    public static HmacKeyRing? Read(ProviderSettings settings, string setting, HmacKeyForm form) => form switch
    {
        HmacKeyForm.Base64 => Standard(settings, setting),
        HmacKeyForm.Text => Text(settings, setting),
        HmacKeyForm.TextBehindPrefix => Text(settings, setting, StandardPrefix),
        _ => throw new ArgumentOutOfRangeException(nameof(form)),
    };

    /// <summary>The keys of secrets, separated by white space, whose text as it stands is the key. Null as for <see cref="Standard"/>.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="setting">The setting's name.</param>
    /// <param name="prefix">What may stand before the key and is no part of it. The default value is nothing.</param>
    public static HmacKeyRing? Text(ProviderSettings settings, string setting, string prefix = "")
    {
        // Neither is part of any secret that was seen, and with one of them every webhook would be refused.
        foreach (var secret in settings.List(setting))
        {
            if (Quotes.Contains(secret[0]) || Quotes.Contains(secret[^1]))
            {
                settings.Report(setting, "stands in quotation marks: only the secret itself is wanted");
                return null;
            }

            if (secret.AsSpan().ContainsAny(',', ';'))
            {
                settings.Report(setting, "holds a comma or a semicolon: several secrets are separated by spaces");
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
            settings.Report(setting, $"holds more than {HmacKeyRing.MaxKeys} secrets");
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
        // Not Base64.IsValid: it wants the last character's unused bits to be zero, and a secret that was cut out of random letters has them as they fall.
        Span<byte> key = stackalloc byte[MaxStandardBytes];
        var decoded = Convert.TryFromBase64String(padded, key, out var length) ? key[..length].ToArray() : null;
        CryptographicOperations.ZeroMemory(key);
        return decoded;
    }
}
