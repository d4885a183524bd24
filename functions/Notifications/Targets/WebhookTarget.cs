using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Model;
using WebhookFunctions.Outbound;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Notifications.Targets;

/// <summary>
/// Target that is an address, to which a POST is sent, signed by Standard Webhooks, version 1. A 2xx is success and a 410 is final; everything else
/// is retried.
/// Document: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
/// </summary>
internal sealed class WebhookTarget(string name, Uri address, HmacKeyRing keys, bool admitsPrivate, OutboundHttp http, TimeProvider clock)
    : INotificationTarget
{
    /// <summary>How long a receiver may take to answer. The document recommends 15 to 30 seconds.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private static readonly ProductInfoHeaderValue UserAgent = new("WebhookFunctions", "1");

    public string Name => name;

    public async Task<NotificationDelivery> SendAsync(Notification notification, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = Sign(notification.Id, notification.ToJson());
            using var response = await http.SendAsync(request, admitsPrivate, both.Token);
            return Classify(response);
        }
        catch (BlockedDestinationException exception)
        {
            return new NotificationDelivery.Refused(
                exception.Reason == BlockedReason.BlockedAddress ? DeadLetterReason.BlockedAddress : DeadLetterReason.InvalidLink, exception.Message);
        }
        catch (HttpRequestException exception)
        {
            return new NotificationDelivery.Deferred("Unreachable", $"{address.IdnHost} could not be reached: {OutboundFailure.Describe(exception)}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new NotificationDelivery.Deferred("Timeout", $"{address.IdnHost} did not answer within {Timeout.TotalSeconds:0} seconds.");
        }
    }

    private HttpRequestMessage Sign(string id, byte[] body)
    {
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var prefix = Encoding.ASCII.GetBytes($"{id}.{timestamp}.");
        var mac = new byte[HMACSHA256.HashSizeInBytes];
        var signatures = new List<string>();
        for (var key = 0; key < keys.Count; key++)
        {
            keys.Sign(key, prefix, body, mac);
            signatures.Add($"v1,{Convert.ToBase64String(mac)}");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(Notification.MediaType, "utf-8") } },
        };
        request.Headers.UserAgent.Add(UserAgent);
        request.Headers.Add(StandardWebhooks.IdHeader, id);
        request.Headers.Add(StandardWebhooks.TimestampHeader, timestamp);
        request.Headers.Add(StandardWebhooks.SignatureHeader, string.Join(' ', signatures));
        return request;
    }

    private NotificationDelivery Classify(HttpResponseMessage response)
    {
        var answer = $"{address.IdnHost} answered {(int)response.StatusCode}";
        return response switch
        {
            { IsSuccessStatusCode: true } => new NotificationDelivery.Accepted(),
            { StatusCode: HttpStatusCode.Gone } => new NotificationDelivery.Refused(DeadLetterReason.Gone, $"{answer}: it accepts no more notifications."),
            _ => new NotificationDelivery.Deferred($"Status{(int)response.StatusCode}", $"{answer}.", response.RetryAfter(clock)),
        };
    }
}
