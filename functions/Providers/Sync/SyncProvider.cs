using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Sync;

/// <summary>Provider for Sync: lip-synchronised video, one by one or in batches. Document: https://sync.so/docs, "Webhooks Payload
/// Reference".</summary>
/// <param name="verifier">The verifier of its only address.</param>
/// <param name="origin">The API's origin, through which results are served.</param>
/// <param name="apiKey">The API's key; null if it is not set.</param>
/// <param name="jobs">The reader of the API's records; null if the key is not set.</param>
public sealed class SyncProvider(SyncVerifier verifier, ApiOrigin origin, ApiKey? apiKey, SyncJobs? jobs) : WebhookProvider
{
    public const string ProviderName = "sync";

    /// <summary>The <see cref="GenerationEvent.EventType"/> of a single generation's webhook; Sync itself names none.</summary>
    public const string GenerationType = "generation";

    /// <summary>The <see cref="GenerationEvent.EventType"/> of a batch's webhook.</summary>
    public const string BatchType = "batch";

    /// <summary>The name of a generation's output.</summary>
    internal const string OutputName = "output";

    /// <summary>The name of the asset that contains only the changed segment.</summary>
    internal const string SegmentName = "segment";

    private const string ManifestName = "manifest";

    public override string Name => ProviderName;

    public override string CanonicalJobId(string jobId) => JobIdOf(jobId);

    /// <summary>Returns the canonical spelling of a job's id, which people also name by its address.</summary>
    internal static string JobIdOf(string jobId) => JobIdForms.Canonical(jobId, "https://api.sync.so/v2/generate/");

    public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = [new(null, verifier)];

    /// <summary>Observed are links to the API, which redirects to storage.</summary>
    public override IReadOnlyList<string> AssetHosts { get; } = [origin.Host, "*.sync.so", "*.s3.us-east-1.amazonaws.com"];

    /// <summary>
    /// Returns the job's id and status, because Sync sends no event id and a job has each status once. Colons in the status are encoded, so the last
    /// colon ends the job's id, and no two pairs give one id.
    /// </summary>
    public override string? Identify(WebhookRequest request) =>
        request.Json is { } body && body.Text("id") is { } id ? $"{id}:{WithoutColon(body.Text("status"))}" : null;

    public override GenerationEvent Interpret(ReceivedEvent received)
    {
        var body = received.Body;
        var isBatch = IsBatch(body);
        var providerStatus = body.Text("status");
        var status = Status(providerStatus);
        var assets = status != JobStatus.Succeeded ? [] : isBatch ? Manifest(body) : Outputs(body);
        return new GenerationEvent
        {
            EventType = isBatch ? BatchType : GenerationType,
            JobId = body.Text("id"),
            Status = status,
            ProviderStatus = providerStatus,
            ErrorCode = body.FirstText("error_code", "errorCode"),
            ErrorMessage = body.ErrorText("error"),
            Model = body.Text("model"),
            // createdAt is the creation time of the job, which is the same in all of its webhooks, so it does not show which of two is later.
            OccurredAt = null,
            Assets = assets,
            LacksResult = status == JobStatus.Succeeded && assets.Count == 0,
            JobColumns = isBatch ? Metrics(body.Child("metrics")) : new Dictionary<string, object>(),
            Note = status switch
            {
                JobStatus.Succeeded when assets.Count == 0 => "The event reports success but contains no link.",
                JobStatus.Unknown when body.Has("outputUrl") || body.Has("outputMediaUrl") => "The status is unknown, so the link is not followed.",
                _ => null,
            },
        };
    }

    public override IAsyncEnumerable<AssetSource> ExpandAsync(string documentName, Stream content, CancellationToken cancellationToken) =>
        documentName == ManifestName ? SyncManifest.ReadAsync(content, cancellationToken) : base.ExpandAsync(documentName, content, cancellationToken);

    public override bool CanRecover => jobs is not null;

    public override string RecoverySetting => SyncFactory.ApiKeySetting;

    public override ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        jobs?.RecoverAsync(JobIdOf(jobId), cancellationToken) ?? base.RecoverAsync(jobId, cancellationToken);

    public override string? RenewalKey(string jobId, string assetName) => jobs is null ? null : SyncJobs.RenewalKey(jobId, assetName);

    public override ValueTask<Confirmation> RenewAsync(string key, CancellationToken cancellationToken) =>
        jobs?.RenewAsync(key, cancellationToken) ?? base.RenewAsync(key, cancellationToken);

    /// <summary>Assets of a batch are prefixed by their generation's id, which the API's answer does not repeat.</summary>
    public override string RenewedName(string assetName) => assetName[(assetName.LastIndexOf('.') + 1)..];

    /// <summary>Most links carry their own token; the key is for those that do not.</summary>
    public override void Authorize(HttpRequestMessage request) => apiKey?.Authorize(request, origin);

    private static string? WithoutColon(string? status) =>
        status?.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal);

    private static bool IsBatch(JsonElement body) =>
        body.Has("metrics") || body.Text("id")?.StartsWith("batch_", StringComparison.Ordinal) == true;

    /// <summary>Returns the meaning of Sync's status.</summary>
    internal static JobStatus Status(string? providerStatus) => providerStatus?.ToUpperInvariant() switch
    {
        "PENDING" or "JOBS_CREATED" => JobStatus.Queued,
        "PROCESSING" => JobStatus.Running,
        "COMPLETED" => JobStatus.Succeeded,
        "FAILED" or "REJECTED" => JobStatus.Failed,
        "CANCELED" or "CANCELLED" => JobStatus.Cancelled,
        _ => JobStatus.Unknown,
    };

    /// <summary>Returns the assets of a generation: the video and, if it was requested, the changed segment alone.</summary>
    internal static List<AssetSource> Outputs(JsonElement generation, string prefix = "") =>
        Outputs(generation.FirstText("outputMediaUrl", "outputUrl"), generation.Text("segmentOutputUrl"), prefix);

    internal static List<AssetSource> Outputs(string? output, string? segment, string prefix = "")
    {
        List<AssetSource> assets = [];
        if (!string.IsNullOrEmpty(output))
        {
            assets.Add(ResultLink.Source(prefix + OutputName, output));
        }

        if (!string.IsNullOrEmpty(segment))
        {
            assets.Add(ResultLink.Source(prefix + SegmentName, segment));
        }

        return assets;
    }

    private static List<AssetSource> Manifest(JsonElement batch) =>
        batch.FirstText("outputUrl", "outputMediaUrl") is { } manifest ? [ResultLink.Source(ManifestName, manifest, AssetKind.Document, expands: true)] : [];

    // Documented in camel case, observed in snake case too.
    private static Dictionary<string, object> Metrics(JsonElement metrics)
    {
        Dictionary<string, object> columns = [];
        Add("TotalGenerations", "totalGenerations", "total_generations");
        Add("SuccessCount", "successCount", "success_count");
        Add("FailedCount", "failedCount", "failed_count");
        Add("PendingCount", "pendingCount", "pending_count");
        return columns;

        void Add(string column, string camelCase, string snakeCase)
        {
            if (metrics.FirstNumber(camelCase, snakeCase) is { } count)
            {
                columns.Add(column, count);
            }
        }
    }
}
