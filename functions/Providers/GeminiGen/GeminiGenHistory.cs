using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Providers.GeminiGen;

/// <summary>
/// The provider's own record of a job, <c>GET /uapi/v1/history/{uuid}</c>. The signature of a webhook covers its id alone, so the job's state and
/// media are taken from here and not from the webhook's body.
/// </summary>
/// <remarks>
/// The answer is not documented. Seen: the fields of a webhook's data at the top level or under <c>result</c>, the media as <c>media_url</c>,
/// <c>generate_result</c>, or one by one under <c>generated_video</c>, <c>generated_image</c> and <c>generated_audio</c>.
/// </remarks>
public sealed class GeminiGenHistory(ProviderApi api)
{
    private static readonly string[] Names =
    [
        "uuid", "status", "error_code", "error_message", "model", "model_name", "media_url", "generate_result", "thumbnail_url",
        "generated_video.*.video_url", "generated_image.*.image_url", "generated_audio.*.audio_url",
    ];

    private static readonly string[] Paths = [.. Names, .. Names.Select(name => "result." + name)];

    /// <summary>Replaces what the event says by what the API says.</summary>
    /// <exception cref="HttpRequestException">The API is away, or does not call the job finished yet.</exception>
    public async ValueTask<Confirmation> ConfirmAsync(GenerationEvent said, CancellationToken cancellationToken)
    {
        var found = await FindAsync(said, cancellationToken);
        // The event may have overtaken the record. A forged event for a job under way waits here too, until it is given up or true.
        return found.Event is { Status: JobStatus.Running }
            ? throw new HttpRequestException("The provider's API does not call the job finished.")
            : found;
    }

    /// <summary>As <see cref="ConfirmAsync"/>, of a job that may be under way.</summary>
    /// <exception cref="HttpRequestException">The API is away.</exception>
    public async ValueTask<Confirmation> FindAsync(GenerationEvent said, CancellationToken cancellationToken)
    {
        if (!ApiOrigin.IsSegment(said.JobId))
        {
            return Confirmation.Denied("The job's id is none that the provider's API could have made.");
        }

        var answer = await api.GetAsync($"uapi/v1/history/{said.JobId}", Paths, cancellationToken);
        if (answer.IsDenied)
        {
            return Confirmation.Denied(answer.Denial);
        }

        var job = answer.Fields;
        if (Field(job, "uuid") is { } uuid && uuid != said.JobId)
        {
            return Confirmation.Denied("The provider's API answered with another job.");
        }

        var word = Field(job, "status");
        return GeminiGenProvider.Status(word) switch
        {
            JobStatus.Succeeded => Confirmation.Confirmed(Succeeded(said, job, word)),
            JobStatus.Failed => Confirmation.Confirmed(Failed(said, job, word)),
            JobStatus.Running => Confirmation.Confirmed(said with { Status = JobStatus.Running, ProviderStatus = word, Assets = [] }),
            _ => Confirmation.Denied("The provider's API gives the job no state that is known."),
        };
    }

    private static GenerationEvent Succeeded(GenerationEvent said, JsonFields job, string? word)
    {
        var media = Media(job);
        List<AssetSource> assets = [.. media.Select((url, i) => ResultLink.Source(i == 0 ? GeminiGenProvider.MediaName : $"{GeminiGenProvider.MediaName}-{i + 1}", url))];
        if (Field(job, "thumbnail_url") is { } thumbnail)
        {
            assets.Add(ResultLink.Source(GeminiGenProvider.ThumbnailName, thumbnail));
        }

        return said with
        {
            Status = JobStatus.Succeeded,
            ProviderStatus = word,
            ErrorCode = null,
            ErrorMessage = null,
            Model = Field(job, "model") ?? Field(job, "model_name") ?? said.Model,
            Assets = assets,
            Note = media.Count > 0 ? null : "The provider's API tells of a success and names no media.",
        };
    }

    private static GenerationEvent Failed(GenerationEvent said, JsonFields job, string? word) => said with
    {
        Status = JobStatus.Failed,
        ProviderStatus = word,
        ErrorCode = Field(job, "error_code") ?? said.ErrorCode,
        ErrorMessage = Field(job, "error_message") ?? said.ErrorMessage,
        Assets = [],
        Note = said.Status == JobStatus.Succeeded ? "The event tells of a success; by the provider's API the job failed." : null,
    };

    private static List<string> Media(JsonFields job)
    {
        if (Field(job, "media_url") is { } media)
        {
            return [media];
        }

        List<string> listed = [];
        foreach (var name in new[] { "generated_video.*.video_url", "generated_image.*.image_url", "generated_audio.*.audio_url" })
        {
            listed.AddRange(job.All(name).Concat(job.All("result." + name)));
        }

        return listed.Count > 0 ? listed : Field(job, "generate_result") is { } result ? [result] : [];
    }

    private static string? Field(JsonFields job, string name) => job.First(name, "result." + name);
}
