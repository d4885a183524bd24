using System.Security.Cryptography;

namespace WebhookFunctions.Model;

/// <summary>The vocabulary of what is announced of a job.</summary>
public static class Announcements
{
    /// <summary>What the type of every notification of a job begins with.</summary>
    public const string TypePrefix = "webhookfunctions.job.";

    /// <summary>What a job's notification says: the last part of its type.</summary>
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

    /// <summary>The id of a notification: a pure function of the event and of its outcome, and so the same in every delivery.</summary>
    /// <param name="event">The event's partition.</param>
    /// <param name="outcome">How it ended.</param>
    public static string IdOf(string @event, string outcome) =>
        $"ntf_{Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8($"{@event}\n{outcome}")).AsSpan(0, 16))}";
}
