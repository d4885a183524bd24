using System.Security.Cryptography;
using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>The private key of those who send samples to a deployment that knows its public half.</summary>
internal static class PrivateKey
{
    /// <summary>How to get one.</summary>
    public const string HowToMake = "openssl genrsa -out private.pem 2048";

    /// <summary>The key in a setting; null where there is none.</summary>
    /// <exception cref="LocalHostException">It is no key in PEM.</exception>
    public static RSA? Read(IReadOnlyDictionary<string, string> settings, string setting)
    {
        if (!settings.TryGetValue(setting, out var pem) || string.IsNullOrWhiteSpace(pem))
        {
            return null;
        }

        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem.Replace(@"\n", "\n", StringComparison.Ordinal));
            // Throws for a public key.
            _ = key.ExportRSAPrivateKey();
            return key;
        }
        catch (Exception malformed) when (malformed is ArgumentException or CryptographicException)
        {
            throw new LocalHostException("The private key is not an RSA key in PEM.", malformed);
        }
    }
}
