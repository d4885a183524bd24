using WebhookFunctions.Model;
using WebhookFunctions.Providers.Described;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Bfl;

/// <summary>Description of Black Forest Labs: FLUX images, by links that are valid for ten minutes. Document: https://docs.bfl.ai, and the
/// provider's own skills repository.</summary>
/// <remarks>The signature covers no time, so an intercepted webhook stays valid. Its id is made of the body, so a repetition has no second
/// effect.</remarks>
public static class BflService
{
    /// <summary>The description.</summary>
    public static ServiceDescription Description { get; } = new()
    {
        Name = "bfl",
        Title = "Black Forest Labs (FLUX)",
        Site = "https://docs.bfl.ai",
        Makes = "images",
        Signature = "HMAC over the body, without a time",
        Scheme = new HmacScheme { SignatureHeader = "X-BFL-Signature", Template = "{body}", Prefix = "sha256=", Key = HmacKeyForm.Text },
        SecretText = "the `webhook_secret` that your requests name; several separated by spaces",
        WebhookId = ["id|task_id", "status"],
        Reading = Reading,
        Statuses = new Dictionary<string, JobStatus>
        {
            ["ready"] = JobStatus.Succeeded,
            ["success"] = JobStatus.Succeeded,
            ["pending"] = JobStatus.Running,
            ["error"] = JobStatus.Failed,
            ["failed"] = JobStatus.Failed,
            ["request moderated"] = JobStatus.Failed,
            ["content moderated"] = JobStatus.Failed,
            ["task not found"] = JobStatus.Failed,
        },
        OwnHosts = ["*.bfl.ai", "bfldeliveryprod.blob.core.windows.net"],
        LinkLife = TimeSpan.FromMinutes(10),
        Api = new ServiceApi("https://api.bfl.ai", "v1/get_result?id={id}", Reading) { KeyHeader = "x-key" },
        // A request is answered with the address of its result, in the region that took it.
        JobAddresses =
        [
            .. ((string[])["api.bfl.ai", "api.eu.bfl.ai", "api.us.bfl.ai", "api.eu1.bfl.ai", "api.us1.bfl.ai"]).Select(host => $"https://{host}/v1/get_result?id="),
        ],
    };

    private static ServiceReading Reading => new()
    {
        JobId = "id|task_id",
        Status = "status",
        Links = [LinkRule.One("sample", "result.sample")],
        Error = "message|error|details",
        ErrorCode = "error",
        Time = "timestamp",
    };
}
