using System.Globalization;
using EmbeddedServiceBus.Amqp.Security;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Factory of SAS tokens with a given expiry, which no SDK can create.</summary>
internal static class SasToken
{
    public static string Create(SharedAccessKey key, string resource, DateTimeOffset expiresAt)
    {
        var encoded = Uri.EscapeDataString(resource);
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(key.Sign($"{encoded}\n{expiry}"));
        return $"SharedAccessSignature sr={encoded}&sig={Uri.EscapeDataString(signature)}&se={expiry}&skn={Uri.EscapeDataString(key.Name)}";
    }
}
