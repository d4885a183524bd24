using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// Reader of the provider's own record of a job, <c>GET /uapi/v1/history/{uuid}</c>. The signature of a webhook covers only its id, so the job's
/// state and media are taken from here and not from the webhook's body.
/// </summary>
/// <remarks>
/// The answer is not documented. Observed are the fields of a webhook's data at the top level or under <c>result</c> or <c>data</c>, and the status
/// as a number or a word. Media are <c>media_url</c>, <c>file_download_url</c>, <c>generate_result</c>, or one by one under <c>generated_video</c>,
/// <c>generated_image</c> and <c>generated_audio</c>. Links may lack a host.
/// </remarks>
public sealed class GeminiGenHistory(ProviderApi api)
{
    // Each field may be at the top, or below one of these.
    private static readonly string[] Roots = ["", "result.", "data.", "data.result."];

    // Fields with one link for the whole result, the most reliable first.
    private static readonly string[] Single = ["media_url", "file_download_url", "video_uri", "audio_uri", "image_uri", "video_url", "audio_url", "image_url"];

    private static readonly string[] Listed =
    [
        .. from list in (string[])["video", "image", "audio"]
           from link in (string[])[$"{list}_url", $"{list}_uri", "file_download_url"]
           select $"generated_{list}.*.{link}",
    ];

    private static readonly string[] Paths =
    [
        .. from root in Roots
           from name in (string[])["uuid", "status", "error_code", "error_message", "error_message.message", "model", "model_name", "thumbnail_url", "generate_result", .. Single, .. Listed]
           select root + name,
    ];

    /// <summary>Confirms an event with the API's record of its job.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        var found = await FindAsync(generation.EventType, generation.JobId, path => api.ConfirmAsync(received, path, Paths, cancellationToken));
        return (found as Confirmation.Believed)?.Event switch
        {
            // The event may have arrived before the record changed. A forged event for a running job waits here too, until it expires or becomes
            // true.
            { Status: JobStatus.Succeeded, Assets: [] } => new Confirmation.Unfinished("The provider's API reports success but names no media yet."),
            { Status: JobStatus.Running } when generation.Status.IsFinal() => new Confirmation.Unfinished("The provider's API does not report the job as finished."),
            { } job when generation.Status != JobStatus.Unknown && generation.Status != job.Status => Confirmation.Confirmed(
                job with { Note = $"The event reports another state ({generation.Status}) than the provider's API.{(job.Note is null ? "" : " " + job.Note)}" }),
            _ => found,
        };
    }

    /// <summary>Reads the API's record of a job, which may still be running.</summary>
    /// <exception cref="HttpRequestException">The API is unavailable.</exception>
    public async ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken)
    {
        var found = await FindAsync(RecoveredEvent.EventType, jobId, path => api.GetAsync(path, Paths, cancellationToken));
        return found switch
        {
            Confirmation.Unsupported(var reason) => new Confirmation.Denied(reason),
            Confirmation.Unfinished(var reason) => new Confirmation.Denied(reason),
            _ => found,
        };
    }

    private static async ValueTask<Confirmation> FindAsync(string eventType, string? jobId, Func<string, Task<ApiAnswer>> ask)
    {
        if (!ApiOrigin.IsSegment(jobId))
        {
            return new Confirmation.Unsupported("The job's id is not valid for the provider's API.");
        }

        var answer = await ask($"uapi/v1/history/{jobId}");
        return answer.ToConfirmation((JsonFields job) => Read(eventType, jobId!, job));
    }

    private static Confirmation Read(string eventType, string jobId, JsonFields job)
    {
        if (Field(job, "uuid") is { } uuid && GeminiGenProvider.JobIdOf(uuid) != jobId)
        {
            return new Confirmation.Denied("The provider's API answered with another job.");
        }

        var providerStatus = Field(job, "status");
        var status = GeminiGenProvider.Status(providerStatus);
        var generation = new GenerationEvent
        {
            EventType = eventType,
            JobId = jobId,
            Status = status,
            ProviderStatus = providerStatus,
            Model = Field(job, "model") ?? Field(job, "model_name"),
        };
        return status switch
        {
            JobStatus.Succeeded => Confirmation.Confirmed(WithMedia(generation, job)),
            JobStatus.Failed => Confirmation.Confirmed(generation with { ErrorCode = Field(job, "error_code"), ErrorMessage = Field(job, "error_message") ?? Field(job, "error_message.message") }),
            JobStatus.Running => Confirmation.Confirmed(generation),
            // An unknown state may mean that the job is still running.
            _ => new Confirmation.Unfinished("The provider's API reports an unknown state of the job."),
        };
    }

    private static GenerationEvent WithMedia(GenerationEvent generation, JsonFields job)
    {
        var media = Media(job);
        List<AssetSource> assets = [.. media.Select((url, i) => ResultLink.Source(i == 0 ? GeminiGenProvider.MediaName : $"{GeminiGenProvider.MediaName}-{i + 1}", GeminiGenLinks.Absolute(url)))];
        if (Field(job, "thumbnail_url") is { } thumbnail)
        {
            assets.Add(ResultLink.Source(GeminiGenProvider.ThumbnailName, GeminiGenLinks.Absolute(thumbnail)));
        }

        return generation with
        {
            Assets = assets,
            Note = media.Count > 0 ? null : "The provider's API reports success but names no media.",
        };
    }

    private static List<string> Media(JsonFields job)
    {
        if (Field(job, "media_url") is { } media)
        {
            return [media];
        }

        // From each list, the first name under which it has links: the same file may appear under several.
        List<string> listed = [.. Listed.Chunk(3).SelectMany(names => names.Select(name => All(job, name)).FirstOrDefault(links => links.Count > 0) ?? [])];
        return listed.Count > 0 ? listed
            : Single.Select(name => Field(job, name)).FirstOrDefault(link => link is not null) is { } single ? [single]
            : Field(job, "generate_result") is { } result ? [result]
            : [];
    }

    private static string? Field(JsonFields job, string name) => job.First([.. Roots.Select(root => root + name)]);

    private static List<string> All(JsonFields job, string name) => [.. Roots.SelectMany(root => job.All(root + name))];
}
