using System.Text.Json;
using WebhookFunctions.Json;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>Provider for GeminiGen.AI: speech, video and images. Document: https://docs.geminigen.ai, page "Webhooks". Comments mark behaviour that
/// was observed but is not documented.</summary>
/// <param name="endpoint">The provider's only address.</param>
/// <param name="history">The provider's API; null if its key is not set. With it, events that nothing else proves are confirmed by the API.</param>
public sealed class GeminiGenProvider(WebhookEndpoint endpoint, GeminiGenHistory? history) : WebhookProvider
{
    public const string ProviderName = "geminigen";

    /// <summary>The name of the generated asset.</summary>
    public const string MediaName = "media";

    /// <summary>The name of its preview picture.</summary>
    public const string ThumbnailName = "thumbnail";

    public override string Name => ProviderName;

    public override string CanonicalJobId(string jobId) => JobIdOf(jobId);

    /// <summary>Returns the canonical spelling of a job's id, which people also name by its address.</summary>
    internal static string JobIdOf(string jobId) => JobIdForms.Canonical(jobId, "https://api.geminigen.ai/uapi/v1/history/");

    public override IReadOnlyList<WebhookEndpoint> Endpoints { get; } = [endpoint];

    /// <summary>Both were observed: the provider's own host, and links into Cloudflare R2 that are signed and expire soon.</summary>
    public override IReadOnlyList<string> AssetHosts { get; } = ["cdn.geminigen.ai", "*.r2.cloudflarestorage.com"];

    public override string? Identify(WebhookRequest request) =>
        request.Json is { } body ? GeminiGenEnvelope.TryRead(body)?.EventId : null;

    public override GenerationEvent Interpret(ReceivedEvent received)
    {
        var type = GeminiGenEnvelope.TryRead(received.Body)?.EventType;
        var data = received.Body.Child("data");
        var status = Status(type, data);
        var assets = status == JobStatus.Succeeded && IsDocumented(type) ? Assets(data) : [];
        return new GenerationEvent
        {
            EventType = type ?? GenerationEvent.UnknownType,
            JobId = data.Text("uuid"),
            Status = status,
            ProviderStatus = data.Text("status"),
            ErrorCode = data.Text("error_code"),
            ErrorMessage = data.ErrorText("error_message"),
            Model = data.FirstText("model", "model_name"),
            OccurredAt = data.FirstTime("updated_at", "created_at"),
            Assets = assets,
            Note = status != JobStatus.Succeeded || assets.Count > 0 ? null
                : IsDocumented(type) ? "The event reports success but names no media."
                : "Events of this type are recorded only: it is not one that the provider documents.",
        };
    }

    public override string ProofSettings => history is null ? $"{GeminiGenFactory.TokenSetting} or {GeminiGenFactory.ApiKeySetting}" : GeminiGenFactory.TokenSetting;

    public override ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        history?.ConfirmAsync(received, generation, cancellationToken) ?? base.ConfirmAsync(received, generation, cancellationToken);

    public override bool CanConfirm => history is not null;

    public override bool CanRecover => history is not null;

    public override string RecoverySetting => GeminiGenFactory.ApiKeySetting;

    public override ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        history?.RecoverAsync(JobIdOf(jobId), cancellationToken) ?? base.RecoverAsync(jobId, cancellationToken);

    /// <summary>Returns the assets of <paramref name="data"/>: the media and, if there is one, the preview picture.</summary>
    private static List<AssetSource> Assets(JsonElement data)
    {
        List<AssetSource> assets = [];
        if (data.Text("media_url") is { } media)
        {
            assets.Add(ResultLink.Source(MediaName, media));
        }

        if (data.Text("thumbnail_url") is { } thumbnail)
        {
            assets.Add(ResultLink.Source(ThumbnailName, thumbnail));
        }

        return assets;
    }

    /// <summary>Returns the meaning of the provider's <c>status</c>: a number as documented, or a word as observed in its API.</summary>
    internal static JobStatus Status(string? providerStatus) => providerStatus?.ToLowerInvariant() switch
    {
        "1" or "processing" or "pending" or "queued" or "running" or "in_progress" => JobStatus.Running,
        "2" or "completed" or "complete" or "success" or "succeeded" or "done" => JobStatus.Succeeded,
        "3" or "failed" or "failure" or "error" => JobStatus.Failed,
        _ => JobStatus.Unknown,
    };

    // Either sign of a failure is enough: media of a failed job is not fetched.
    private static JobStatus Status(string? type, JsonElement data) => (IsDocumented(type), Status(data.Text("status"))) switch
    {
        (false, var status) => status,
        (true, JobStatus.Failed) => JobStatus.Failed,
        _ => type!.EndsWith("_FAILED", StringComparison.Ordinal) ? JobStatus.Failed : JobStatus.Succeeded,
    };

    private static bool IsDocumented(string? type) => type is
        "TTS_TEXT_SUCCESS" or "TTS_TEXT_FAILED"
        or "TTS_DOCUMENT_SUCCESS" or "TTS_DOCUMENT_FAILED"
        or "VIDEO_GENERATION_COMPLETED" or "VIDEO_GENERATION_FAILED"
        or "IMAGE_GENERATION_COMPLETED" or "IMAGE_GENERATION_FAILED";
}
