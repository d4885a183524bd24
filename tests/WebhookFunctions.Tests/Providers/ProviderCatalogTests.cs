using LocalHost.Samples;

namespace WebhookFunctions.Tests.Providers;

public sealed class ProviderCatalogTests
{
    public static TheoryData<string, string, string> InvalidSettings() => new()
    {
        { "geminigen", "GEMINIGEN_PUBLIC_KEY", "not a key" },
        { "geminigen", "GEMINIGEN_PUBLIC_KEY", "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/key)" },
        { "geminigen", "GEMINIGEN_API_KEY", "two words" },
        { "geminigen", "GEMINIGEN_API_KEY", "@Microsoft.KeyVault(VaultName=v;SecretName=s)" },
        { "geminigen", "GEMINIGEN_API_BASE_URL", "https://api.geminigen.ai/uapi" },
        { "geminigen", "GEMINIGEN_WEBHOOK_TOKEN", "tooshort" },
        { "geminigen", "GEMINIGEN_WEBHOOK_TOKEN", "sixteen characters one of them too short" },
        { "gemini", "GEMINI_WEBHOOK_TOKEN", "not/safe/in/a/URL" },
        { "gemini", "GEMINI_WEBHOOK_TOKEN", "@Microsoft.KeyVault(VaultName=v;SecretName=s)" },
        { "gemini", "GEMINI_WEBHOOK_SECRET", "whsec_c2hvcnQ=" },
        { "gemini", "GEMINI_API_BASE_URL", "http://api.example" },
        { "gemini", "GEMINI_API_BASE_URL", "https://api.example/v1beta" },
        { "gemini", "GEMINI_API_BASE_URL", "https://api.example?x=1" },
        { "gemini", "GEMINI_API_BASE_URL", "https://user@api.example" },
        { "gemini", "GEMINI_API_BASE_URL", "https://" },
        { "gemini", "GEMINI_API_BASE_URL", "api.example" },
        { "gemini", "GEMINI_API_BASE_URL", "http://localhost:8080" },
        { "gemini", "GEMINI_API_BASE_URL", "http://0x7f.1:8080" },
        { "gemini", "GEMINI_API_BASE_URL", "http://2130706433:8080" },
        { "gemini", "GEMINI_API_BASE_URL", "http://127.1:8080" },
        { "gemini", "GEMINI_API_BASE_URL", "http://[::1]:8080" },
        { "gemini", "GEMINI_JWKS_URL", "file:///etc/passwd" },
        { "gemini", "GEMINI_JWKS_URL", "http://keys.example/jwks.json" },
        { "gemini", "GEMINI_API_KEY", "key\r\nx-evil: 1" },
        { "sync", "SYNC_WEBHOOK_SECRET", "xyz" },
        { "sync", "SYNC_WEBHOOK_SECRET", "\"a-secret-in-quotes\"" },
        { "sync", "SYNC_WEBHOOK_SECRET", "'a-secret-in-quotes'" },
        { "sync", "SYNC_WEBHOOK_SECRET", "`a-secret-in-quotes`" },
        { "sync", "SYNC_WEBHOOK_SECRET", "\u201ca-secret-in-quotes\u201d" },
        { "sync", "SYNC_WEBHOOK_SECRET", "\"a-secret-half-in-quotes" },
        { "sync", "SYNC_WEBHOOK_SECRET", "\"a-first-secret a-second-secret\"" },
        { "sync", "SYNC_WEBHOOK_SECRET", "a-first-secret \"a-second-secret\"" },
        { "sync", "SYNC_WEBHOOK_SECRET", "a-first-secret,a-second-secret" },
        { "sync", "SYNC_WEBHOOK_SECRET", "a-first-secret, a-second-secret" },
        { "sync", "SYNC_WEBHOOK_SECRET", "a-first-secret;a-second-secret" },
        { "sync", "SYNC_WEBHOOK_SECRET", "a-secret-and-no-other," },
        { "sync", "SYNC_ACCEPT_PRIMARY_SIGNATURE", "perhaps" },
        { "sync", "SYNC_API_BASE_URL", "ftp://api.sync.so" },
        { "replicate", "REPLICATE_WEBHOOK_SECRET", "whsec_" },
        { "replicate", "REPLICATE_WEBHOOK_SECRET", "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"" },
        { "replicate", "REPLICATE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
        { "replicate", "REPLICATE_API_TOKEN", "two words" },
        { "replicate", "REPLICATE_API_BASE_URL", "http://api.replicate.com" },
        { "replicate", "REPLICATE_API_BASE_URL", "https://api.replicate.com/v1" },
    };

    [Theory]
    [MemberData(nameof(InvalidSettings))]
    public void A_provider_with_an_invalid_setting_is_off_and_does_not_affect_the_others(string provider, string setting, string value)
    {
        using var bench = new ProviderBench(
            SampleSettings.GeminiGen, SampleSettings.Gemini, SampleSettings.Dynamic, SampleSettings.Sync, SampleSettings.Replicate, (setting, value));

        Assert.False(bench.Catalog.TryGet(provider, out _));
        Assert.Equal(3, bench.Catalog.All.Count(configured => configured.Provider is not null));
        var problem = Assert.Single(bench.Catalog.All.Single(configured => configured.Name == provider).Problems);
        Assert.Equal(setting, problem.Setting);
        Assert.DoesNotContain(value, problem.Reason, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Without_settings_every_provider_is_off_and_none_has_a_problem()
    {
        using var bench = new ProviderBench();

        Assert.Equal(ProviderSamples.All.Select(samples => samples.Provider).Distinct(), bench.Catalog.All.Select(provider => provider.Name));
        Assert.All(bench.Catalog.All, provider => Assert.Null(provider.Provider));
        Assert.All(bench.Catalog.All, provider => Assert.Empty(provider.Problems));
    }

    [Fact]
    public void Loopback_APIs_are_allowed_only_in_development()
    {
        using var development = new ProviderBench(SampleSettings.Gemini, ("GEMINI_API_BASE_URL", "http://127.0.0.1:8080"));
        using var production = new ProviderBench(
            SampleSettings.Gemini, ("GEMINI_API_BASE_URL", "http://127.0.0.1:8080"), ("AZURE_FUNCTIONS_ENVIRONMENT", "Production"));
        using var unset = new ProviderBench(SampleSettings.Gemini, ("GEMINI_API_BASE_URL", "http://127.0.0.1:8080"), ("Assets__AllowLoopback", null));

        Assert.True(development.Catalog.TryGet("gemini", out _));
        Assert.False(production.Catalog.TryGet("gemini", out _));
        Assert.False(unset.Catalog.TryGet("gemini", out _));
    }

    [Theory]
    [InlineData("GEMINI_WEBHOOK_SECRET", new[] { "" })]
    [InlineData("GEMINI_WEBHOOK_AUDIENCE", new[] { "dynamic" })]
    [InlineData("GEMINI_WEBHOOK_TOKEN", new[] { "dynamic" })]
    [InlineData("GEMINI_API_KEY", new[] { "dynamic" })]
    [InlineData("GEMINI_WEBHOOK_SECRET GEMINI_WEBHOOK_AUDIENCE", new[] { "", "dynamic" })]
    [InlineData("GEMINI_WEBHOOK_SECRET GEMINI_WEBHOOK_TOKEN", new[] { "", "dynamic" })]
    [InlineData("GEMINI_WEBHOOK_SECRET GEMINI_API_KEY", new[] { "", "dynamic" })]
    public void Each_of_Geminis_modes_is_turned_on_by_its_own_settings(string settings, string[] modes)
    {
        using var bench = new ProviderBench([.. settings.Split(' ').Select(Sound)]);

        Assert.Equal(modes, bench["gemini"].Endpoints.Select(endpoint => endpoint.Mode ?? ""));

        static (string, string?) Sound(string setting) => setting switch
        {
            "GEMINI_WEBHOOK_SECRET" => SampleSettings.Gemini,
            "GEMINI_WEBHOOK_AUDIENCE" => SampleSettings.Dynamic,
            _ => (setting, SampleSettings.Token),
        };
    }

    [Fact]
    public void A_token_is_required_only_if_the_signature_alone_proves_nothing()
    {
        using var bench = new ProviderBench(
            SampleSettings.GeminiGen, SampleSettings.Gemini, SampleSettings.Dynamic, SampleSettings.Sync, SampleSettings.Replicate,
            SampleSettings.GeminiGenToken, SampleSettings.GeminiToken, ("SYNC_WEBHOOK_TOKEN", SampleSettings.Token), ("REPLICATE_WEBHOOK_TOKEN", SampleSettings.Token));

        Assert.Equal(
            ["geminigen", "gemini/dynamic"],
            bench.Catalog.All
                .Where(configured => configured.Provider is not null)
                .SelectMany(configured => configured.Provider!.Endpoints.Select(endpoint => (Route: $"{configured.Name}/{endpoint.Mode}".TrimEnd('/'), endpoint)))
                .Where(route => route.endpoint.Tokens is not null)
                .Select(route => route.Route));
        Assert.All(
            bench.Catalog.All.SelectMany(configured => configured.Provider?.Endpoints ?? []), endpoint => Assert.Equal(endpoint.Tokens is null, endpoint.IsProof));
    }
}
