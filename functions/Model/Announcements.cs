using System.Security.Cryptography;

namespace WebhookFunctions.Model;

/// <summary>Vocabulary of job notifications.</summary>
public static class Announcements
{
    /// <summary>The prefix of the types of job notifications.</summary>
    public const string TypePrefix = "webhookfunctions.job.";

    /// <summary>Returns the kind of a job's notification, which is the last part of its type.</summary>
    public static string KindOf(JobStatus status) => status switch
    {
        JobStatus.Succeeded => "succeeded",
        JobStatus.Failed => "failed",
        JobStatus.Cancelled => "cancelled",
        JobStatus.Expired => "expired",
        JobStatus.NeedsAction => "needs-action",
        JobStatus.Unconfirmed => "unconfirmed",
        _ => "updated",
    };

    /// <summary>Returns the id of a notification. It is a pure function of the event and its outcome, so it is the same in every delivery.</summary>
    /// <param name="event">The event's partition.</param>
    /// <param name="outcome">The outcome (see <see cref="KindOf"/>), with the digest of its content.</param>
    public static string IdOf(string @event, string outcome) =>
        $"ntf_{Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8($"{@event}\n{outcome}")).AsSpan(0, 16))}";
}
