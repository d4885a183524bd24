namespace WebhookFunctions.Verification;

/// <summary>
/// Schemes of Standard Webhooks, with headers <c>webhook-id</c>, <c>webhook-timestamp</c> and <c>webhook-signature</c>, a list separated by spaces.
/// Document: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
/// </summary>
/// <remarks>
/// The id may contain a full stop, so <c>id.time.body</c> could be split in two ways. In the other split the body would begin with digits and a full
/// stop, and a body that is not a JSON object is rejected.
/// </remarks>
public static class StandardWebhooks
{
    /// <summary>Header with the message's id: the same for every retry.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>Header with the time of the attempt, in Unix seconds.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>Header with the signatures.</summary>
    public const string SignatureHeader = "webhook-signature";

    private const string Text = "{id}.{time}.{body}";

    /// <summary>The scheme with entries <c>v1,{base64}</c>: HMAC-SHA256 with a secret <c>whsec_{base64}</c>.</summary>
    public static HmacScheme V1 { get; } = new()
    {
        SignatureHeader = SignatureHeader,
        Template = Text,
        IdHeader = IdHeader,
        TimeHeader = TimestampHeader,
        Encoding = SignatureEncoding.Base64,
        Prefix = "v1,",
        Separator = ' ',
        MaxSignatures = SignatureScheme.MaxEntries,
    };

    /// <summary>The scheme with entries <c>v1a,{base64}</c>: Ed25519. The keys are published, so they are the same for all of the service's
    /// customers.</summary>
    public static Ed25519Scheme V1A { get; } = new()
    {
        SignatureHeader = SignatureHeader,
        Template = Text,
        IdHeader = IdHeader,
        TimeHeader = TimestampHeader,
        Encoding = SignatureEncoding.Base64,
        Prefix = "v1a,",
        Separator = ' ',
    };
}
