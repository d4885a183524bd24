using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Receiving;

/// <summary>Receiver of webhooks that reads the body with a limit, verifies and identifies the webhook, enqueues it, and answers.</summary>
public sealed partial class WebhookReceiver(
    ProviderCatalog providers,
    EventEnqueuer enqueuer,
    BodyMemory memory,
    IOptions<ReceiveOptions> options,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<WebhookReceiver> logger)
{
    // The longest content type that is copied into the message. Real media types are shorter; a longer header would be the sender's own text.
    private const int MaxContentTypeLength = 256;

    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary>
    /// Receives a webhook sent to <c>webhooks/{name}/{mode}</c>. Never throws: every failure is logged, counted and answered 503, so that the
    /// provider sends the webhook again.
    /// </summary>
    public async Task<ReceiveAnswer> ReceiveAsync(HttpRequest request, string name, string? mode, CancellationToken cancellationToken)
    {
        try
        {
            return await VerifyAndEnqueueAsync(request, name, mode, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The sender disconnected, or the host is stopping. Neither is a failure of the app.
            return Reject(KnownName(name), RejectionReason.Cancelled, ReceiveAnswer.Unavailable);
        }
        catch (Exception exception)
        {
            Log.Cause(logger, KnownName(name), LoggedException.From(exception));
            Log.Failed(logger, KnownName(name), LogText.Clean(LoggedException.From(exception).Message, 200));
            return Reject(KnownName(name), RejectionReason.Failed, ReceiveAnswer.Unavailable);
        }
    }

    private async Task<ReceiveAnswer> VerifyAndEnqueueAsync(HttpRequest request, string name, string? mode, CancellationToken cancellationToken)
    {
        // A webhook is a POST, and no card is looked up for it.
        if (!HttpMethods.IsPost(request.Method) && Handshake.Answer(request, providers.CardAt(name, mode)) is { } ready)
        {
            return ready;
        }

        // Routes match in any case, so the two names in them do too.
        if (!providers.TryGet(name.ToLowerInvariant(), out var provider)
            || provider.Endpoints.FirstOrDefault(endpoint => string.Equals(endpoint.Mode, mode, StringComparison.OrdinalIgnoreCase)) is not { } endpoint)
        {
            return ReceiveAnswer.NotFound;
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            return ReceiveAnswer.MethodNotAllowed;
        }

        using var span = WebhookTracing.StartReceive(provider.Name);
        // Checked before any byte of the body is read, so that a request without the token costs little.
        if (endpoint.Tokens is { } tokens && !tokens.Contains(request.Query[UrlTokens.Parameter] is [var token] ? token : null))
        {
            return Reject(provider.Name, RejectionReason.WrongToken, ReceiveAnswer.BadRequest);
        }

        // W1
        var read = await ReceivedBody.ReadAsync(request, _maxBodyBytes, memory, cancellationToken);
        if (read is BodyReadResult.Failed(var failure))
        {
            return failure switch
            {
                BodyReadFailure.TooLarge => Reject(provider.Name, RejectionReason.BodyTooLarge, ReceiveAnswer.TooLarge),
                BodyReadFailure.NoMemory => Reject(provider.Name, RejectionReason.NoMemory, ReceiveAnswer.Unavailable),
                _ => Reject(provider.Name, RejectionReason.BodyBroken, ReceiveAnswer.BadRequest),
            };
        }

        using var body = ((BodyReadResult.Whole)read).Body;

        // W2
        using var webhook = new WebhookRequest(request.Headers, body.Bytes);
        var verdict = await endpoint.Verifier.VerifyAsync(webhook, cancellationToken);
        if (verdict.IsGenuine)
        {
            return await EnqueueAsync(provider, endpoint, verdict, webhook, body, request.ContentType);
        }

        // Without the provider's keys a webhook may be genuine, so the answer asks the sender to send it again.
        var answer = verdict.Rejection == RejectionReason.KeysUnavailable ? ReceiveAnswer.Unavailable : ReceiveAnswer.BadRequest;
        return Reject(provider.Name, verdict.Rejection, answer);
    }

    private async Task<ReceiveAnswer> EnqueueAsync(
        WebhookProvider provider, WebhookEndpoint endpoint, Verdict verdict, WebhookRequest webhook, ReceivedBody body, string? contentType)
    {
        // W3. This comes first because a provider that needs the body parses it here.
        var key = provider.KeyOf(webhook, verdict);
        // A signed body is the provider's own, and some providers send a webhook once. It is kept, and its row says that it cannot be read. If the
        // signature does not cover the body, anybody may have written it.
        if (!verdict.Coverage.CoversBody() && !webhook.IsJsonObject)
        {
            return Reject(provider.Name, RejectionReason.NotAJsonObject, ReceiveAnswer.BadRequest);
        }

        if (key is null)
        {
            return Reject(provider.Name, RejectionReason.NoWebhookId, ReceiveAnswer.BadRequest);
        }

        var started = clock.GetTimestamp();
        var accepted = await enqueuer.TryEnqueueAsync(new EventMessage
        {
            Key = key,
            Coverage = verdict.Coverage,
            HasToken = endpoint.Tokens is not null || verdict.HasToken,
            IsSharedKey = verdict.IsSharedKey,
            Credential = verdict.Credential,
            ReceivedAt = clock.GetUtcNow(),
            Body = body.Rent(),
            ContentType = contentType is { Length: <= MaxContentTypeLength } ? contentType : null,
        });
        if (!accepted)
        {
            // A send that timed out may still be reading the body, so the buffer stays lent.
            return Reject(provider.Name, RejectionReason.NotEnqueued, ReceiveAnswer.Unavailable);
        }

        body.Return();
        metrics.Received(provider.Name, clock.GetElapsedTime(started));
        return ReceiveAnswer.Received;
    }

    // A name from a route is the sender's text. It is logged and counted only if it is a known provider's.
    private string KnownName(string name) => name.ToLowerInvariant() is var known && providers.Knows(known) ? known : "none";

    private ReceiveAnswer Reject(string provider, RejectionReason reason, ReceiveAnswer answer)
    {
        metrics.Rejected(provider, reason);
        if (IsWarning(reason))
        {
            Log.Rejected(logger, provider, answer.Status, reason);
        }
        else
        {
            Log.RejectedQuietly(logger, provider, answer.Status, reason);
        }

        return answer;
    }

    // Returns whether the rejection is logged as a warning. A disconnected sender is no failure, and failures to enqueue and internal errors are
    // logged where they occur.
    private static bool IsWarning(RejectionReason reason) => reason is not (
        RejectionReason.BodyBroken or RejectionReason.Cancelled or RejectionReason.NotEnqueued or RejectionReason.Failed);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A webhook to {Provider} was answered {Status}: {Reason}")]
        public static partial void Rejected(ILogger logger, string provider, int status, RejectionReason reason);

        [LoggerMessage(2, LogLevel.Error, "A webhook to {Provider} failed ({Reason}) and is answered 503")]
        public static partial void Failed(ILogger logger, string provider, string reason);

        [LoggerMessage(3, LogLevel.Debug, "A webhook to {Provider} was answered {Status}: {Reason}")]
        public static partial void RejectedQuietly(ILogger logger, string provider, int status, RejectionReason reason);

        [LoggerMessage(4, LogLevel.Debug, "A webhook to {Provider} failed")]
        public static partial void Cause(ILogger logger, string provider, LoggedException exception);
    }
}
