using System.Net;
using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Gemini;

/// <summary>Provider for Google's Gemini API: batches, videos and interactions. Document: https://ai.google.dev/gemini-api/docs/webhooks.</summary>
/// <param name="endpoints">The addresses that are on.</param>
/// <param name="results">The rules by which results are found.</param>
/// <param name="jobs">The API; null if no key for it is configured.</param>
public sealed class GeminiProvider(IReadOnlyList<WebhookEndpoint> endpoints, GeminiResults results, GeminiJobs? jobs) : WebhookProvider
{
    public const string ProviderName = "gemini";

    /// <summary>The column for the caller's data that was attached to the job at its start (<c>user_metadata</c>), as JSON. The API does not return
    /// it, so a confirmed event has none.</summary>
    public const string UserMetadataColumn = "UserMetadata";

    public override string Name => ProviderName;

    public override string CanonicalJobId(string jobId) => GeminiResults.JobId(jobId);

    public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = endpoints;

    /// <summary>The API, and the storage to which it was observed to redirect.</summary>
    public override IReadOnlyList<string> AssetHosts { get; } =
        [results.Host, "generativelanguage.googleapis.com", "storage.googleapis.com", "*.googleusercontent.com"];

    public override string? Identify(WebhookRequest request) => request.Header(StandardWebhooks.IdHeader);

    /// <summary>
    /// A token covers no id, so an interceptor may choose any. In a space of their own, such ids cannot use up those of signed webhooks.
    /// </summary>
    public override string SpaceOf(Verdict verdict) => verdict.Coverage == SignatureCoverage.SenderOnly ? EventSpaces.Jwt(Name) : Name;

    public override GenerationEvent Interpret(ReceivedEvent received)
    {
        var body = received.Body;
        var data = body.Child("data");
        var type = body.Text("type");
        var asset = RestrictKeyUse(Result(type, data), received);
        return new GenerationEvent
        {
            EventType = type ?? GenerationEvent.UnknownType,
            JobId = data.Text("id"),
            Status = Status(type),
            // The last part of the type: the envelope has no other name for the status.
            ProviderStatus = type?[(type.LastIndexOf('.') + 1)..],
            ErrorCode = data.Text("error_code"),
            ErrorMessage = data.ErrorText("error_message") ?? data.ErrorText("error"),
            Model = data.Text("model"),
            OccurredAt = body.FirstTime("timestamp"),
            Assets = asset is null ? [] : [asset],
            EventColumns = UserMetadata(body, data),
            WaitsFor = asset?.ExternalReason == GeminiResults.NoKey ? GeminiFactory.ApiKeySetting : null,
            Note = asset is null ? Missing(type) : asset.ExternalReason,
            LacksResult = asset is null && type == "video.generated",
        };
    }

    public override string ProofSettings => jobs is null ? $"{GeminiFactory.TokenSetting} or {GeminiFactory.ApiKeySetting}" : GeminiFactory.TokenSetting;

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        jobs?.ConfirmAsync(received, generation, cancellationToken) ?? base.ConfirmAsync(received, generation, cancellationToken);

    public override bool CanConfirm => jobs is not null;

    public override bool CanRecover => jobs is not null;

    public override string RecoverySetting => GeminiFactory.ApiKeySetting;

    public override ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        jobs?.RecoverAsync(jobId, cancellationToken) ?? base.RecoverAsync(jobId, cancellationToken);

    /// <summary>Files are removed after two days.</summary>
    public override TimeSpan? Retention => TimeSpan.FromDays(2);

    public override IAsyncEnumerable<AssetSource> ExpandAsync(string documentName, Stream content, CancellationToken cancellationToken) =>
        documentName == GeminiResults.BatchName ? results.ExpandBatchAsync(content, cancellationToken) : base.ExpandAsync(documentName, content, cancellationToken);

    public override void Authorize(HttpRequestMessage request) => results.Authorize(request);

    public override bool IsNotReady(Uri link, HttpStatusCode status, ReadOnlySpan<byte> body) => results.IsNotReady(link, status, body);

    private static JobStatus Status(string? type) => type switch
    {
        // "batch.completed" is the first name of batch.succeeded.
        "batch.succeeded" or "batch.completed" or "video.generated" or "interaction.completed" => JobStatus.Succeeded,
        "batch.failed" or "interaction.failed" => JobStatus.Failed,
        "batch.cancelled" or "interaction.cancelled" => JobStatus.Cancelled,
        "batch.expired" => JobStatus.Expired,
        "interaction.requires_action" => JobStatus.NeedsAction,
        _ => JobStatus.Unknown,
    };

    private AssetSource? Result(string? type, JsonElement data) => type switch
    {
        // video_uri and file_id are the names used in the launch week.
        "video.generated" when data.FirstText("output_file_uri", "file_name", "video_uri", "file_id") is { } link => results.Video(link),
        "batch.succeeded" or "batch.completed" when data.FirstText("output_file_uri", "file_name") is { } link => results.BatchFile(link),
        "batch.succeeded" or "batch.completed" when data.Text("id") is { } id => results.Batch(id),
        "interaction.completed" or "interaction.requires_action" when data.Text("id") is { } id =>
            results.Interaction(id, needsAction: type == "interaction.requires_action"),
        _ => null,
    };

    // A token covers no body. An intercepted one would make the app request any number of files with this deployment's key.
    private AssetSource? RestrictKeyUse(AssetSource? asset, ReceivedEvent received) =>
        asset is { IsFetched: true }
        && received is { Coverage: SignatureCoverage.SenderOnly, Assurance: Assurance.Unconfirmed }
        && results.IsAtApi(asset.Url)
            ? asset with { ExternalReason = GeminiResults.KeyNotSpent }
            : asset;

    private static string? Missing(string? type) => type switch
    {
        "video.generated" => "The event reports success but contains no link.",
        "batch.succeeded" or "batch.completed" or "interaction.completed" or "interaction.requires_action" =>
            "The event names neither a result nor a job.",
        _ => null,
    };

    // The documentation does not say in which of the two places it is.
    private static Dictionary<string, object> UserMetadata(JsonElement body, JsonElement data)
    {
        foreach (var place in (ReadOnlySpan<JsonElement>)[body, data])
        {
            if (place.Has("user_metadata"))
            {
                // The caller's data may contain a link with a token, such as a callback address.
                var compact = JsonElementExtensions.Compact(place.GetProperty("user_metadata"));
                return new Dictionary<string, object> { [UserMetadataColumn] = BoundedText.WithoutTokens(compact, JsonElementExtensions.MaxCompactCharacters) };
            }
        }

        return [];
    }
}
