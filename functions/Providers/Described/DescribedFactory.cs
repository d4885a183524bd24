using WebhookFunctions.Outbound;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Described;

/// <summary>Factory that creates a provider from a description and its settings.</summary>
public sealed class DescribedFactory(ServiceDescription service, OutboundHttp http, TimeProvider clock) : IProviderFactory
{
    public string Name => service.Name;

    public string NeededSettings => string.Join(" or ", service.EnabledBy);

    public ProviderCard Card { get; } = service.Card();

    public string CanonicalJobId(string jobId) => DescribedProvider.JobIdOf(service, jobId);

    public WebhookProvider? Create(ProviderSettings settings)
    {
        var hmac = service.Scheme as HmacScheme;
        var secrets = hmac is null ? null : HmacSecrets.Read(settings, service.SecretSetting, hmac.Key);
        var tokens = service.IsProof && service.Scheme is not TokenScheme ? null : UrlTokens.Read(settings, service.TokenSetting);
        var api = Api(settings);
        var verifier = service.Scheme switch
        {
            HmacScheme scheme => secrets is null ? null : scheme.Verifier(secrets, clock),
            Ed25519Scheme scheme => Verifier(scheme, settings, isOn: service.IsProof || tokens is not null || api is not null),
            TokenScheme scheme => tokens is null ? null : scheme.Verifier(tokens),
            _ => null,
        };
        var endpoint = verifier is null ? null : new WebhookEndpoint(null, verifier) { IsProof = service.IsProof, Tokens = service.IsProof ? null : tokens };
        return endpoint is null ? null : new DescribedProvider(service, endpoint, api);
    }

    private Ed25519Verifier? Verifier(Ed25519Scheme scheme, ProviderSettings settings, bool isOn)
    {
        var address = ApiOrigin.Address(settings, service.KeysSetting, new Uri(service.Keys!));
        return isOn ? scheme.Verifier(new JwksCache(http, address, clock), clock) : null;
    }

    private DescribedApi? Api(ProviderSettings settings)
    {
        if (service.Api is not { } described)
        {
            return null;
        }

        var origin = ApiOrigin.Read(settings, service.OriginSetting, ApiOrigin.From(described.Origin));
        var key = ApiKey.Read(settings, service.ApiKeySetting, described.KeyHeader, described.KeyPrefix);
        return key is null ? null : new DescribedApi(service, described, origin, key, new ProviderApi(http, origin, key, clock));
    }
}
