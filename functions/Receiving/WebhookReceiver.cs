using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Receiving;

/// <summary>The way of a webhook to the queue: read bounded, verify, identify, enqueue, answer.</summary>
public sealed partial class WebhookReceiver(
    ProviderCatalog providers,
    EventEnqueuer enqueuer,
    BodyMemory memory,
    IOptions<ReceiveOptions> options,
    WebhookMetrics metrics,
    TimeProvider clock,
    ILogger<WebhookReceiver> logger)
{
    // A media type with its parameters is shorter; a message property must not carry whatever a sender puts into a header.
    private const int MaxContentTypeLength = 256;

    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <summary>
    /// Takes the webhook that was sent to <c>webhooks/{name}/{mode}</c>. Never throws: whatever fails is logged, counted and answered 503,
    /// so that the provider sends again.
    /// </summary>
    public async Task<ReceiveAnswer> ReceiveAsync(HttpRequest request, string name, string? mode, CancellationToken cancellationToken)
    {
        try
        {
            return await VerifyAndEnqueueAsync(request, name, mode, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The sender hung up, or the host stops: no failure of the app's.
            return Reject(KnownName(name), RejectionReason.Cancelled, ReceiveAnswer.Unavailable);
        }
        catch (Exception failure)
        {
            Log.Cause(logger, KnownName(name), LoggedException.Of(failure));
            Log.Failed(logger, KnownName(name), LogText.Of(LoggedException.Of(failure).Message, 200));
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

        // Routes are matched whatever their case, and so are the two names in them.
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
        // Before a byte of the body is read: it costs a stranger nothing to send one.
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

        // Without the provider's keys it is not known to be forged: a genuine webhook has to come again.
        var answer = verdict.Rejection == RejectionReason.KeysUnavailable ? ReceiveAnswer.Unavailable : ReceiveAnswer.BadRequest;
        return Reject(provider.Name, verdict.Rejection, answer);
    }

    private async Task<ReceiveAnswer> EnqueueAsync(
        WebhookProvider provider, WebhookEndpoint endpoint, Verdict verdict, WebhookRequest webhook, ReceivedBody body, string? contentType)
    {
        // W3. First: a provider that reads the body for it has the body parsed then.
        var key = provider.KeyOf(webhook, verdict);
        // What is signed is the provider's own, and some send a webhook once: it is kept, and its row says that it cannot be read. Where the signature covers
        // no body, anybody may have sent this one.
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
            Body = body.Lend(),
            ContentType = contentType is { Length: <= MaxContentTypeLength } ? contentType : null,
        });
        if (!accepted)
        {
            // A send that timed out may still read the body, which stays lent.
            return Reject(provider.Name, RejectionReason.NotEnqueued, ReceiveAnswer.Unavailable);
        }

        body.TakeBack();
        metrics.Received(provider.Name, clock.GetElapsedTime(started));
        return ReceiveAnswer.Received;
    }

    // A route holds what its sender likes, and that goes into no log and no metric.
    private string KnownName(string name) => name.ToLowerInvariant() is var known && providers.Knows(known) ? known : "none";

    private ReceiveAnswer Reject(string provider, RejectionReason reason, ReceiveAnswer answer)
    {
        metrics.Rejected(provider, reason);
        if (LeavesALine(reason))
        {
            Log.Rejected(logger, provider, answer.Status, reason);
        }
        else
        {
            Log.RejectedQuietly(logger, provider, answer.Status, reason);
        }

        return answer;
    }

    // A sender that hung up is no failure. What was not enqueued has a line where that failed, or is part of an outage, which has its own; an error of the
    // app has been logged.
    private static bool LeavesALine(RejectionReason reason) => reason is not (
        RejectionReason.BodyBroken or RejectionReason.Cancelled or RejectionReason.NotEnqueued or RejectionReason.Failed);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A webhook to {Provider} was answered {Status}: {Reason}")]
        public static partial void Rejected(ILogger logger, string provider, int status, RejectionReason reason);

        [LoggerMessage(2, LogLevel.Error, "A webhook to {Provider} could not be taken ({Reason}) and is answered 503")]
        public static partial void Failed(ILogger logger, string provider, string reason);

        [LoggerMessage(3, LogLevel.Debug, "A webhook to {Provider} was answered {Status}: {Reason}")]
        public static partial void RejectedQuietly(ILogger logger, string provider, int status, RejectionReason reason);

        [LoggerMessage(4, LogLevel.Debug, "A webhook to {Provider} could not be taken")]
        public static partial void Cause(ILogger logger, string provider, LoggedException failure);
    }
}
