using WebhookFunctions.Model;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.HeyGen;

/// <summary>Description of HeyGen: avatar videos and translations. Document: https://docs.heygen.com/docs/using-heygens-webhook-events.</summary>
/// <remarks>
/// The signature covers only the body. The headers with the time and the event's id are not signed, so they are not read. HeyGen probes the address
/// with <c>OPTIONS</c> when it is registered, and then shows the secret.
/// </remarks>
public static class HeyGenService
{
    /// <summary>The description.</summary>
    public static ServiceDescription Description { get; } = new()
    {
        Name = "heygen",
        Title = "HeyGen",
        Site = "https://docs.heygen.com/docs/using-heygens-webhook-events",
        Makes = "avatar videos, translations",
        Signature = "HMAC over the body, without a time",
        Scheme = new HmacScheme { SignatureHeader = "Heygen-Signature", Template = "{body}", Key = HmacKeyForm.Text },
        SecretText = "the secrets that HeyGen shows when the URL is registered, unchanged; separated by spaces",
        WebhookId = [Job, "event_type"],
        Reading = new ServiceReading
        {
            JobId = Job,
            EventType = "event_type",
            Status = "event_type",
            Links = [LinkRule.One("video", "event_data.url|event_data.video_url"), LinkRule.One("gif", "event_data.gif_download_url")],
            Error = "event_data.msg|event_data.error",
        },
        HasDottedStatus = true,
        Statuses = new Dictionary<string, JobStatus>
        {
            ["success"] = JobStatus.Succeeded,
            ["completed"] = JobStatus.Succeeded,
            ["fail"] = JobStatus.Failed,
            ["failed"] = JobStatus.Failed,
            ["pending"] = JobStatus.Queued,
            ["waiting"] = JobStatus.Queued,
            ["processing"] = JobStatus.Running,
        },
        OwnHosts = ["*.heygen.com", "*.heygen.ai"],
        SharedHosts = ["*.amazonaws.com"],
        Api = new ServiceApi("https://api.heygen.com", "v1/video_status.get?video_id={id}", new ServiceReading
        {
            JobId = "data.id|data.video_id",
            Status = "data.status",
            Links = [LinkRule.One("video", "data.video_url"), LinkRule.One("gif", "data.gif_url")],
            Error = "data.error",
            ErrorCode = "data.error.code",
        }) { KeyHeader = "x-api-key" },
        JobAddresses =
        [
            "https://api.heygen.com/v1/video_status.get?video_id=",
            "https://api.heygen.com/v2/video_translate/",
            "https://api.heygen.com/v3/videos/",
            "https://app.heygen.com/share/",
        ],
    };

    private const string Job = "event_data.video_id|event_data.video_translate_id|event_data.id";
}
