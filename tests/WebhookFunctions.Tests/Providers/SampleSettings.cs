using System.Security.Cryptography;
using LocalHost.Samples;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Valid settings with random or constant test secrets.</summary>
internal static class SampleSettings
{
    public static readonly RSA GeminiGenKey = RSA.Create(2048);

    public static readonly byte[] GeminiKey = RandomNumberGenerator.GetBytes(32);

    public static readonly byte[] ReplicateKey = RandomNumberGenerator.GetBytes(24);

    public const string SyncSecret = "sync-secret";

    public const string Audience = "https://example.test/api/webhooks/gemini/dynamic";

    public const string Token = "a-token_of.these~tests";

    /// <summary>Gets the settings that turn on every provider with samples.</summary>
    public static IReadOnlyList<(string Name, string? Value)> All { get; } =
    [
        .. ProviderSamples.All
            .SelectMany(samples => samples.NewKeys().Settings
                .Select(setting => (Name: setting.Key, Value: (string?)setting.Value))
                .Concat(samples.TokenSetting is { } token ? [(token, Token)] : []))
            .DistinctBy(setting => setting.Name),
    ];

    public static (string, string?) GeminiToken => ("GEMINI_WEBHOOK_TOKEN", Token);

    public static (string, string?) GeminiGenToken => ("GEMINIGEN_WEBHOOK_TOKEN", Token);

    public static (string, string?) GeminiGen => ("GEMINIGEN_PUBLIC_KEY", GeminiGenKey.ExportSubjectPublicKeyInfoPem());

    public static (string, string?) Gemini => ("GEMINI_WEBHOOK_SECRET", "whsec_" + Convert.ToBase64String(GeminiKey));

    public static (string, string?) Replicate => ("REPLICATE_WEBHOOK_SECRET", "whsec_" + Convert.ToBase64String(ReplicateKey));

    public static (string, string?) Sync => ("SYNC_WEBHOOK_SECRET", SyncSecret);

    public static (string, string?) Dynamic => ("GEMINI_WEBHOOK_AUDIENCE", Audience);
}
