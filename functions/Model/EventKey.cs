namespace WebhookFunctions.Model;

/// <summary>Key of an event that consists of its id space and its webhook id. Two ids never share a key.</summary>
/// <param name="Space">The id space (see <see cref="EventSpaces"/>); the provider's name by default.</param>
/// <param name="WebhookId">The id as shown to people. Lone surrogates, which UTF-8 cannot carry, are shown as U+FFFD.</param>
/// <param name="PartitionKey">The partition of table <c>WebhookEvents</c>: <c>{space}:{encoded webhook id}</c>.</param>
/// <param name="MessageId">
/// The id of the webhook's first message: <c>{space}:{SHA-256 of the webhook id, hex}</c>. It fits into the 128 characters that Service Bus allows,
/// which a webhook id may exceed.
/// </param>
public sealed record EventKey(string Space, string WebhookId, string PartitionKey, string MessageId)
{
    /// <summary>The longest webhook id that is accepted, in UTF-16 characters.</summary>
    public const int MaxWebhookIdLength = 1024;

    private const char Separator = ':';

    /// <summary>The provider's name.</summary>
    public string Provider => EventSpaces.ProviderOf(Space);

    /// <summary>The webhook id as encoded in keys and blob names, at most <see cref="KeyEncoding.MaxLength"/> characters.</summary>
    public string EncodedId => PartitionKey[(Space.Length + 1)..];

    /// <summary>The SHA-256 of the webhook id, in lower-case hex.</summary>
    public string IdSha256 => KeyEncoding.Sha256Of(EncodedId);

    /// <summary>Returns the key of webhook <paramref name="webhookId"/> in <paramref name="space"/>.</summary>
    public static EventKey Create(string space, string webhookId) => FromPartitionKey(KeyEncoding.WellFormed(webhookId), $"{space}{Separator}{KeyEncoding.Encode(webhookId)}");

    /// <summary>Returns the key of an event whose partition is <paramref name="partitionKey"/> and whose row or message shows
    /// <paramref name="webhookId"/>.</summary>
    public static EventKey FromPartitionKey(string webhookId, string partitionKey)
    {
        // A space contains no colon; an id may.
        var end = partitionKey.IndexOf(Separator, StringComparison.Ordinal);
        var space = partitionKey[..Math.Max(0, end)];
        return new EventKey(space, webhookId, partitionKey, $"{space}{Separator}{KeyEncoding.Sha256Of(partitionKey[(end + 1)..])}");
    }
}
