using System.Text;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Asks the API what became of a generation, <c>GET /v2/generate/{id}</c>, for webhooks that never came: no retries of them are documented.
/// A batch cannot be asked for: the document at hand names no address for it.
/// </summary>
public sealed class SyncJobs(ProviderApi api)
{
    private static readonly string[] Paths = ["id", "status", "model", "error", "error_code", "errorCode", "outputMediaUrl", "outputUrl", "segmentOutputUrl", "error.message"];

    // In the key of a renewal, between the generation's id, which holds none, and the asset's name.
    private const char Separator = '/';

    /// <summary>What the API tells of a generation.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(id))
        {
            return new Confirmation.Denied("The job's id is not one that the provider's API could have made.");
        }

        var answer = await api.GetAsync($"v2/generate/{id}", Paths, cancellationToken);
        return answer.ToConfirmation((JsonFields job) => Read(id, job));
    }

    /// <summary>
    /// Returns what to ask for, to get a new link for an asset: of a generation, or of one in a batch, whose assets are named by it. Null where the asset's
    /// name holds no id, as a manifest's.
    /// </summary>
    public static string? RenewalKey(string jobId, string assetName)
    {
        var dot = assetName.LastIndexOf('.');
        var (id, name) = dot < 0 ? (jobId, assetName) : (assetName[..dot], assetName[(dot + 1)..]);
        return ApiOrigin.IsSegment(id) && !id.StartsWith(SyncManifest.LinePrefix, StringComparison.Ordinal) && name is SyncProvider.OutputName or SyncProvider.SegmentName
            ? $"{id}{Separator}{name}"
            : null;
    }

    /// <summary>
    /// Asks for a new link: of the output by <c>GET /v2/generations/{id}/download</c>, which answers with the link as a text; of the segment by the
    /// generation itself.
    /// </summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RenewAsync(string key, CancellationToken cancellationToken)
    {
        var (id, name) = (key[..key.IndexOf(Separator, StringComparison.Ordinal)], key[(key.IndexOf(Separator, StringComparison.Ordinal) + 1)..]);
        if (name != SyncProvider.OutputName)
        {
            return await RecoverAsync(id, cancellationToken);
        }

        var answer = await api.GetTextAsync($"v2/generations/{id}/download", cancellationToken);
        return answer.ToConfirmation((string text) => LinkIn(text) is { } link
            ? Confirmation.Confirmed(new GenerationEvent
            {
                EventType = RecoveredEvent.EventType,
                JobId = id,
                Status = JobStatus.Succeeded,
                Assets = [ResultLink.Source(SyncProvider.OutputName, link)],
            })
            : new Confirmation.Denied("The provider's API answered with no link."));
    }

    // The text as documented; a JSON text or object in case it becomes one.
    private static string? LinkIn(string text)
    {
        if (text is not ['{' or '"', ..])
        {
            return text.Length > 0 ? text : null;
        }

        using var document = EventJson.TryParse(Encoding.UTF8.GetBytes(text is ['"', ..] ? $$"""{"url":{{text}}}""" : text));
        return document?.RootElement.FirstText("url", "outputMediaUrl", "outputUrl");
    }

    private static Confirmation Read(string id, JsonFields job)
    {
        if (job.First("id") is { } found && SyncProvider.JobIdOf(found) != id)
        {
            return new Confirmation.Denied("The provider's API answered with another job.");
        }

        var word = job.First("status");
        var status = SyncProvider.Status(word);
        return Confirmation.Confirmed(new GenerationEvent
        {
            EventType = RecoveredEvent.EventType,
            JobId = id,
            Status = status,
            ProviderStatus = word,
            ErrorCode = NotEmpty(job.First("error_code", "errorCode")),
            ErrorMessage = NotEmpty(job.First("error", "error.message")),
            Model = job.First("model"),
            Assets = status == JobStatus.Succeeded ? SyncProvider.Outputs(NotEmpty(job.First("outputMediaUrl")) ?? job.First("outputUrl"), job.First("segmentOutputUrl")) : [],
        });
    }

    // Empty texts stand for "none".
    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
