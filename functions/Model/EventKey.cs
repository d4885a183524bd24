using System.Security.Cryptography;

namespace WebhookFunctions.Model;

/// <summary>Which webhook an event is: the provider and the provider's webhook id. Two ids never share a key.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="WebhookId">The id as a person reads it: lone surrogates, which no UTF-8 can carry, are shown as U+FFFD.</param>
/// <param name="PartitionKey">The partition of table <c>WebhookEvents</c>.</param>
/// <param name="MessageId">
/// The id of the webhook's first message: <c>{provider}:{SHA-256 of the webhook id, hex}</c>.
/// A webhook id may exceed the 128 characters that Service Bus allows; this never does.
/// </param>
public sealed record EventKey(string Provider, string WebhookId, string PartitionKey, string MessageId)
{
    /// <summary>The longest webhook id that is accepted, in UTF-16 characters.</summary>
    public const int MaxWebhookIdLength = 1024;

    /// <summary>The key of the webhook that <paramref name="provider"/> calls <paramref name="webhookId"/>.</summary>
    public static EventKey Create(string provider, string webhookId) => new(
        provider,
        KeyEncoding.WellFormed(webhookId),
        $"{provider}:{KeyEncoding.Encode(webhookId)}",
        $"{provider}:{Convert.ToHexStringLower(SHA256.HashData(KeyEncoding.Utf8(webhookId)))}");

    /// <summary>
    /// The key of an event as its row has it. Where the row shows the id of an event with lone surrogates, the partition stands in for it:
    /// then the messages made of this key have an id of their own, which is as good.
    /// </summary>
    public static EventKey Of(string provider, string webhookId, string partitionKey)
    {
        var key = Create(provider, webhookId);
        return key.PartitionKey == partitionKey ? key : Create(provider, partitionKey) with { WebhookId = webhookId, PartitionKey = partitionKey };
    }
}
