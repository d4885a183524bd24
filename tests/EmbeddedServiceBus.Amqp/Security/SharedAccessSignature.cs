using System.Globalization;
using System.Security.Cryptography;

namespace EmbeddedServiceBus.Amqp.Security;

/// <summary>
/// Token of shared access (SAS): <c>SharedAccessSignature sr={resource}&amp;sig={signature}&amp;se={expiry}&amp;skn={key name}</c>, its values URL-encoded.
/// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas#generate-a-shared-access-signature-token.
/// </summary>
/// <param name="Resource">The URI for which it is valid, exactly as in the token, because the signature covers it.</param>
/// <param name="Expiry">The expiry in Unix seconds, exactly as in the token.</param>
/// <param name="KeyName">The name of the signing key.</param>
/// <param name="Signature">The signature of resource, line feed and expiry.</param>
internal sealed record SharedAccessSignature(string Resource, string Expiry, string KeyName, byte[] Signature)
{
    private const string Scheme = "SharedAccessSignature ";

    /// <summary>Gets the path of the entity for which it is valid, including everything below it; empty for the whole namespace.</summary>
    public string Path => EntityPath.Normalize(Uri.UnescapeDataString(Resource));

    /// <returns>Null if the text is not such a token.</returns>
    public static SharedAccessSignature? Parse(string token)
    {
        if (!token.StartsWith(Scheme, StringComparison.Ordinal))
            return null;

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in token[Scheme.Length..].Split('&'))
        {
            if (field.IndexOf('=', StringComparison.Ordinal) is var equals and > 0)
                fields.TryAdd(field[..equals], field[(equals + 1)..]);
        }

        if (!fields.TryGetValue("sr", out var resource) || !fields.TryGetValue("se", out var expiry)
            || !fields.TryGetValue("skn", out var name) || !fields.TryGetValue("sig", out var encoded))
            return null;

        var signature = Uri.UnescapeDataString(encoded);
        var bytes = new byte[signature.Length];
        return Convert.TryFromBase64String(signature, bytes, out var length)
            ? new SharedAccessSignature(resource, expiry, Uri.UnescapeDataString(name), bytes[..length])
            : null;
    }

    /// <returns>The expiry; null if the signature is wrong or the token has expired.</returns>
    public DateTimeOffset? Verify(SharedAccessKey key, DateTimeOffset now)
    {
        if (!string.Equals(KeyName, key.Name, StringComparison.Ordinal)
            || !CryptographicOperations.FixedTimeEquals(Signature, key.Sign($"{Resource}\n{Expiry}"))
            || !long.TryParse(Expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return null;

        var expiresAt = seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.MaxValue;
        return expiresAt > now ? expiresAt : null;
    }
}
