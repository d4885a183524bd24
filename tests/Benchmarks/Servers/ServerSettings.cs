using System.Security.Cryptography;

namespace Benchmarks.Servers;

/// <summary>The settings that the servers are started with.</summary>
internal static class ServerSettings
{
    public const string Secret = "GEMINI_WEBHOOK_SECRET";

    /// <summary>A secret for Standard Webhooks that nobody else has.</summary>
    public static string NewSecret() => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
