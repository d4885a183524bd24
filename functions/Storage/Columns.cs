namespace WebhookFunctions.Storage;

/// <summary>Names of columns that several places or tables share. People read them in Storage Explorer, so they must not change.</summary>
internal static class Columns
{
    public const string EventType = "EventType";

    public const string Status = "Status";

    public const string ProviderStatus = "ProviderStatus";

    public const string ErrorCode = "ErrorCode";

    public const string ErrorMessage = "ErrorMessage";

    public const string Note = "Note";

    public const string WaitsFor = "WaitsFor";

    public const string LastError = "LastError";

    public const string CompletedAt = "CompletedAt";

    public const string Model = "Model";

    public const string UserMetadata = "UserMetadata";

    public const string OccurredAt = "OccurredAt";
}
