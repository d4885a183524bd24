using Azure;
using Azure.Identity;

namespace WebhookFunctions.Storage;

/// <summary>Distinguishes unavailable storage from a request that storage will never accept.</summary>
internal static class StorageErrors
{
    /// <summary>
    /// Returns whether the failure is transient: no answer, too busy, a server error, or a table, container or role assignment that does not exist
    /// yet.
    /// </summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        RequestFailedException request => request.Status is 0 or 401 or 403 or 404 or 408 or 429 or >= 500,
        AuthenticationFailedException => true,
        // Cancelled by the SDK's own timeout.
        OperationCanceledException => true,
        AggregateException aggregate => aggregate.InnerExceptions.All(IsTransient),
        _ => false,
    };
}
