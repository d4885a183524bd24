using System.Security.Cryptography;
using LocalHost.Hosting;

namespace LocalHost.Samples;

/// <summary>Reader of private keys, which sign samples for a deployment that has the public key.</summary>
internal static class PrivateKey
{
    /// <summary>The command that creates an RSA key.</summary>
    public const string HowToMake = "openssl genrsa -out private.pem 2048";

    /// <summary>The command that creates an Ed25519 key.</summary>
    public const string HowToMakeEd25519 = "openssl genpkey -algorithm ed25519 -out private.pem";

    /// <summary>Reads the RSA key in a setting; null if there is none.</summary>
    /// <exception cref="LocalHostException">The value is not an RSA key in PEM.</exception>
    public static RSA? Read(IReadOnlyDictionary<string, string> settings, string setting)
    {
        if (Pem(settings, setting) is not { } pem)
        {
            return null;
        }

        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            // Throws if the key is only a public key.
            _ = key.ExportRSAPrivateKey();
            return key;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            throw new LocalHostException("The private key is not an RSA key in PEM.", exception);
        }
    }

    /// <summary>Reads the Ed25519 key in a setting; null if there is none.</summary>
    /// <exception cref="LocalHostException">The value is not an Ed25519 key in PEM.</exception>
    public static Ed25519Key? ReadEd25519(IReadOnlyDictionary<string, string> settings, string setting)
    {
        try
        {
            return Pem(settings, setting) is { } pem ? Ed25519Key.FromPem(pem) : null;
        }
        catch (FormatException exception)
        {
            throw new LocalHostException($"The private key is not an Ed25519 key in PEM: {exception.Message}", exception);
        }
    }

    private static string? Pem(IReadOnlyDictionary<string, string> settings, string setting) =>
        settings.TryGetValue(setting, out var pem) && !string.IsNullOrWhiteSpace(pem) ? pem.Replace(@"\n", "\n", StringComparison.Ordinal) : null;
}
