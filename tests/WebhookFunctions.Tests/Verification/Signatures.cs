using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace WebhookFunctions.Tests.Verification;

/// <summary>Signer that computes the providers' signatures in the simplest way, independent of the code under test.</summary>
internal static class Signatures
{
    public static string StandardWebhooks(byte[] key, string id, string timestamp, byte[] body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body]));

    public static string Sync(string secret, long time, byte[] body) =>
        $"t={time.ToString(CultureInfo.InvariantCulture)},v1={Hex(SyncMac(secret, time.ToString(CultureInfo.InvariantCulture), body))}";

    public static byte[] SyncMac(string secret, string time, byte[] body) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(time + "."), .. body]);

    public static string Hex(byte[] signature) => Convert.ToHexStringLower(signature);

#pragma warning disable CA5351 // MD5 is what this provider signs.
    public static byte[] GeminiGen(RSA key, string eventId) =>
        key.SignData(MD5.HashData(Encoding.UTF8.GetBytes(eventId)), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
#pragma warning restore CA5351
}
