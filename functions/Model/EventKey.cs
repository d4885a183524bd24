namespace WebhookFunctions.Model;

/// <summary>Which webhook an event is: its id space and its id in it. Two ids never share a key.</summary>
/// <param name="Space">The id space (see <see cref="EventSpaces"/>); the provider's name by default.</param>
/// <param name="WebhookId">The id as a person reads it: lone surrogates, which no UTF-8 can carry, are shown as U+FFFD.</param>
/// <param name="PartitionKey">The partition of table <c>WebhookEvents</c>: <c>{space}:{encoded webhook id}</c>.</param>
/// <param name="MessageId">
/// The id of the webhook's first message: <c>{space}:{SHA-256 of the webhook id, hex}</c>.
/// A webhook id may exceed the 128 characters that Service Bus allows; this never does.
/// </param>
public sealed record EventKey(string Space, string WebhookId, string PartitionKey, string MessageId)
{
    /// <summary>The longest webhook id that is accepted, in UTF-16 characters.</summary>
    public const int MaxWebhookIdLength = 1024;

    private const char Separator = ':';

    /// <summary>The provider's name.</summary>
    public string Provider => EventSpaces.ProviderOf(Space);

    /// <summary>The webhook id as it stands in keys and blob names, at most <see cref="KeyEncoding.MaxLength"/> characters.</summary>
    public string EncodedId => PartitionKey[(Space.Length + 1)..];

    /// <summary>The SHA-256 of the webhook id, in lower-case hex.</summary>
    public string IdSha256 => KeyEncoding.Sha256Of(EncodedId);

    /// <summary>The key of webhook <paramref name="webhookId"/> in <paramref name="space"/>.</summary>
    public static EventKey Create(string space, string webhookId) => Of(KeyEncoding.WellFormed(webhookId), $"{space}{Separator}{KeyEncoding.Encode(webhookId)}");

    /// <summary>The key of an event whose partition is <paramref name="partitionKey"/> and whose row or message shows <paramref name="webhookId"/>.</summary>
    public static EventKey Of(string webhookId, string partitionKey)
    {
        // No space holds a colon; an id may.
        var end = partitionKey.IndexOf(Separator, StringComparison.Ordinal);
        var space = partitionKey[..Math.Max(0, end)];
        return new EventKey(space, webhookId, partitionKey, $"{space}{Separator}{KeyEncoding.Sha256Of(partitionKey[(end + 1)..])}");
    }
}
