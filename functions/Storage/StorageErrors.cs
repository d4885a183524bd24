using Azure;
using Azure.Identity;

namespace WebhookFunctions.Storage;

/// <summary>Distinguishes unavailable storage from a request that storage will never accept.</summary>
internal static class StorageErrors
{
    /// <summary>
    /// Whether the failure may pass: no answer, too busy, an error of the service, a table or container that is not made yet, a role that is not assigned yet.
    /// </summary>
    public static bool IsTransient(Exception failure) => failure switch
    {
        RequestFailedException request => request.Status is 0 or 401 or 403 or 404 or 408 or 429 or >= 500,
        AuthenticationFailedException => true,
        // The SDK's own time limits.
        OperationCanceledException => true,
        AggregateException several => several.InnerExceptions.All(IsTransient),
        _ => false,
    };
}
