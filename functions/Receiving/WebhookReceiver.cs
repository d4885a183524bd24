using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Providers;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Receiving;

/// <summary>The way of a webhook to the queue: read bounded, verify, identify, enqueue, answer.</summary>
public sealed partial class WebhookReceiver(
    ProviderCatalog providers,
    EventQueue queue,
    IOptions<ReceiveOptions> options,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<WebhookReceiver> logger)
{
    // A media type with its parameters is shorter; a message property must not carry whatever a sender puts into a header.
    private const int MaxContentTypeLength = 256;

    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary>Takes the webhook that was sent to <c>webhooks/{name}/{mode}</c>. Never throws for anything that a caller can send.</summary>
    public async Task<ReceiveAnswer> ReceiveAsync(HttpRequest request, string name, string? mode, CancellationToken cancellationToken)
    {
        if (!providers.TryGet(name, out var provider) || provider.Endpoints.FirstOrDefault(endpoint => endpoint.Mode == mode) is not { } endpoint)
        {
            return ReceiveAnswer.NotFound;
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            return ReceiveAnswer.MethodNotAllowed;
        }

        using var span = WebhookTracing.StartReceive(provider.Name);
        var (status, body) = await ReceivedBody.ReadAsync(request, _maxBodyBytes, cancellationToken);
        if (body is null)
        {
            return status == BodyReadStatus.TooLarge
                ? Reject(provider, "BodyTooLarge", ReceiveAnswer.TooLarge)
                : Reject(provider, "BodyBroken", ReceiveAnswer.BadRequest);
        }

        using var webhook = new WebhookRequest(request.Headers, body.Bytes);
        var answer = await ReceiveAsync(provider, endpoint.Verifier, webhook, request.ContentType, cancellationToken);
        if (answer != ReceiveAnswer.Unavailable)
        {
            // A send that was given up on may still read the buffer: then it is left to the garbage collector.
            body.Return();
        }

        return answer;
    }

    private async Task<ReceiveAnswer> ReceiveAsync(
        WebhookProvider provider, IWebhookVerifier verifier, WebhookRequest webhook, string? contentType, CancellationToken cancellationToken)
    {
        var verdict = await verifier.VerifyAsync(webhook, cancellationToken);
        if (!verdict.IsGenuine)
        {
            return Reject(provider, verdict.Refusal.ToString(), ReceiveAnswer.BadRequest);
        }

        // First: a provider that reads the body for it has the body parsed then.
        var key = provider.KeyOf(webhook, verdict);
        if (!webhook.IsJsonObject)
        {
            return Reject(provider, "NotAJsonObject", ReceiveAnswer.BadRequest);
        }

        if (key is null)
        {
            return Reject(provider, "NoWebhookId", ReceiveAnswer.BadRequest);
        }

        var started = clock.GetTimestamp();
        var accepted = await queue.TryEnqueueAsync(new EventMessage
        {
            Key = key,
            Coverage = verdict.Coverage,
            IsSharedKey = verdict.IsSharedKey,
            Credential = verdict.Credential,
            ReceivedAt = clock.GetUtcNow(),
            Body = BinaryData.FromBytes(webhook.Body),
            ContentType = contentType is { Length: <= MaxContentTypeLength } ? contentType : null,
        });
        if (!accepted)
        {
            return Reject(provider, "NotEnqueued", ReceiveAnswer.Unavailable);
        }

        metrics.Received(provider.Name, clock.GetElapsedTime(started));
        return ReceiveAnswer.Received;
    }

    private ReceiveAnswer Reject(WebhookProvider provider, string reason, ReceiveAnswer answer)
    {
        metrics.Rejected(provider.Name, reason);
        Log.Rejected(logger, provider.Name, answer.Status, reason);
        return answer;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A webhook to {Provider} was answered {Status}: {Reason}")]
        public static partial void Rejected(ILogger logger, string provider, int status, string reason);
    }
}
