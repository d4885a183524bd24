namespace WebhookFunctions.Model;

/// <summary>
/// Status of a job, in one model over all providers. Each provider's own name is kept in <c>ProviderStatus</c>. The order of the values is the order
/// of progress: a job's row never returns to a lower one.
/// </summary>
public enum JobStatus
{
    /// <summary>The provider's status is not a known one.</summary>
    Unknown,

    /// <summary>The provider has accepted the job and not begun it.</summary>
    Queued,

    /// <summary>In progress.</summary>
    Running,

    /// <summary>Waits for the caller, for example for a function result.</summary>
    NeedsAction,

    /// <summary>An <see cref="Assurance.Unconfirmed"/> event reports a final status, which is in <c>ProviderStatus</c>.</summary>
    Unconfirmed,

    /// <summary>Final: there is a result.</summary>
    Succeeded,

    /// <summary>Final: there is no result.</summary>
    Failed,

    /// <summary>Final: cancelled by its owner.</summary>
    Cancelled,

    /// <summary>Final: ended by the provider because of its age.</summary>
    Expired,
}

/// <summary>Extensions of <see cref="JobStatus"/>.</summary>
public static class JobStatusExtensions
{
    /// <summary>Returns whether the provider no longer changes the job.</summary>
    public static bool IsFinal(this JobStatus status) => status >= JobStatus.Succeeded;
}
