using System.Security.Cryptography;

namespace Benchmarks.Servers;

/// <summary>Settings that the servers are started with.</summary>
internal static class ServerSettings
{
    public const string Secret = "GEMINI_WEBHOOK_SECRET";

    /// <summary>Returns a new random secret for Standard Webhooks.</summary>
    public static string NewSecret() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
