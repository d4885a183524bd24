using System.Text;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.Sync;

/// <summary>
/// Reader of the API's record of a generation, <c>GET /v2/generate/{id}</c>, for lost webhooks: Sync documents no retries. A batch cannot be read,
/// because the document names no address for it.
/// </summary>
public sealed class SyncJobs(ProviderApi api)
{
    private static readonly string[] Paths = ["id", "status", "model", "error", "error_code", "errorCode", "outputMediaUrl", "outputUrl", "segmentOutputUrl", "error.message"];

    // Separates the generation's id, which contains none, from the asset's name in the key of a renewal.
    private const char Separator = '/';

    /// <summary>Returns the API's record of a generation.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string id, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(id))
        {
            return new Confirmation.Denied("The job's id is not valid for the provider's API.");
        }

        var answer = await api.GetAsync($"v2/generate/{id}", Paths, cancellationToken);
        return answer.ToConfirmation((JsonFields job) => Read(id, job));
    }

    /// <summary>
    /// Returns the key of the call that renews an asset's link. In a batch, the asset's name contains the generation's id. Null if there is no id,
    /// as for a manifest.
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
    /// Asks for a new link. For the output it is <c>GET /v2/generations/{id}/download</c>, which returns the link as text. For the segment it is the
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

    // Reads the documented plain text, and also a JSON string or object, in case the API changes to one.
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

        var providerStatus = job.First("status");
        var status = SyncProvider.Status(providerStatus);
        return Confirmation.Confirmed(new GenerationEvent
        {
            EventType = RecoveredEvent.EventType,
            JobId = id,
            Status = status,
            ProviderStatus = providerStatus,
            ErrorCode = NotEmpty(job.First("error_code", "errorCode")),
            ErrorMessage = NotEmpty(job.First("error", "error.message")),
            Model = job.First("model"),
            Assets = status == JobStatus.Succeeded ? SyncProvider.Outputs(NotEmpty(job.First("outputMediaUrl")) ?? job.First("outputUrl"), job.First("segmentOutputUrl")) : [],
        });
    }

    // An empty text means that there is no value.
    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
