namespace WebhookFunctions.Model;

/// <summary>
/// One status model over all providers. Each provider's own word is kept beside it, in <c>ProviderStatus</c>.
/// The order of the values is the order of progress: a job's row never goes back to a lower one.
/// </summary>
public enum JobStatus
{
    /// <summary>The provider's word is not a known one.</summary>
    Unknown,

    /// <summary>Accepted by the provider, not begun.</summary>
    Queued,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Stands still until the caller does something (a function result, for example).</summary>
    NeedsAction,

    /// <summary>Said to be final by an event that is <see cref="Assurance.Unconfirmed"/>. The provider's word stays in <c>ProviderStatus</c>.</summary>
    Unconfirmed,

    /// <summary>Final: the result is there.</summary>
    Succeeded,

    /// <summary>Final: no result.</summary>
    Failed,

    /// <summary>Final: ended by its owner.</summary>
    Cancelled,

    /// <summary>Final: ended by the provider for its age.</summary>
    Expired,
}

/// <summary>Questions about a <see cref="JobStatus"/>.</summary>
public static class JobStatusExtensions
{
    /// <summary>Whether the provider will not change the job any more.</summary>
    public static bool IsFinal(this JobStatus status) => status >= JobStatus.Succeeded;
}
