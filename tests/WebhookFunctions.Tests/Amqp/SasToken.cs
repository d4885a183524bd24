using System.Globalization;
using EmbeddedServiceBus.Amqp.Security;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Makes SAS tokens with an expiry of the test's choice, which no SDK does.</summary>
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
