using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Described;

/// <summary>Provider that works by a description.</summary>
internal sealed class DescribedProvider(ServiceDescription service, WebhookEndpoint endpoint, DescribedApi? api) : WebhookProvider
{
    public override string Name => service.Name;

    public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = [endpoint];

    public override IReadOnlyList<string> AssetHosts { get; } = [.. service.OwnHosts, .. service.SharedHosts];

    public override TimeSpan? LinkLife => service.LinkLife;

    public override TimeSpan? Retention => service.Retention;

    // Computed once, because IsProof parses the scheme's template.
    public override string? ProofSettings { get; } = service.IsProof ? null
        : string.Join(" or ", service.ProvenBy.Where(setting => api is null || setting != service.ApiKeySetting));

    public override bool CanConfirm { get; } = api is not null && !service.IsProof;

    public override bool CanRecover => api is not null;

    public override string? RecoverySetting => service.Api is null ? null : service.ApiKeySetting;

    /// <summary>Returns the canonical spelling of a job's id.</summary>
    public static string JobIdOf(ServiceDescription service, string jobId) => JobIdForms.Canonical(jobId, [.. service.JobAddresses]);

    public override string CanonicalJobId(string jobId) => JobIdOf(service, jobId);

    public override string? Identify(WebhookRequest request)
    {
        if (service.WebhookId.Count == 0)
        {
            return service.Scheme is SignatureScheme { IdHeader: { } header } ? request.Header(header) : null;
        }

        if (request.Json is not { } body || body.TextAt(service.WebhookId[0]) is not { } id)
        {
            return null;
        }

        // The other parts contain no colon, so the last colons end the first part, and no two webhooks give one id.
        return string.Join(':', service.WebhookId.Skip(1).Select(path => WithoutColon(body.TextAt(path))).Prepend(id));
    }

    private static string? WithoutColon(string? text) => text?.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal);

    public override GenerationEvent Interpret(ReceivedEvent received)
    {
        var generation = service.Reading.Read(received.Body, service);
        if (service.Api is not { ServesResults: true } described || api is not null || !generation.Assets.Any(IsAtApi))
        {
            return generation;
        }

        return generation with
        {
            Assets = [.. generation.Assets.Select(asset => IsAtApi(asset) ? asset with { ExternalReason = $"The result is served by the API, which requires a key: set {service.ApiKeySetting}." } : asset)],
            WaitsFor = service.ApiKeySetting,
        };

        bool IsAtApi(AssetSource asset) => Uri.TryCreate(asset.Url, UriKind.Absolute, out var link) && ApiOrigin.From(described.Origin).Owns(link);
    }

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        api?.ConfirmAsync(received, generation, cancellationToken) ?? base.ConfirmAsync(received, generation, cancellationToken);

    public override ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        api?.RecoverAsync(CanonicalJobId(jobId), cancellationToken) ?? base.RecoverAsync(jobId, cancellationToken);

    public override void Authorize(HttpRequestMessage request) => api?.Authorize(request);
}
