using Microsoft.Extensions.Logging;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications;
using WebhookFunctions.Notifications.Targets;

namespace WebhookFunctions.Operations.Notifications;

/// <summary>Sender of a test notification to each target, to check the receivers before the first job ends.</summary>
public sealed partial class NotificationTest(NotificationTargets targets, TimeProvider clock, ILogger<NotificationTest> logger)
{
    private const string Type = "webhookfunctions.test";
    private const string Timeout = "Timeout";

    private static readonly string TooLate = $"No answer within {OperatorTimes.WorkLimit.TotalSeconds:0} seconds.";

    /// <summary>
    /// Makes one attempt at each target, all at once. Answers for each whether it accepted the notification, or why not. The status is 503 if one did
    /// not answer in time, and 409 if none is configured. Writes nothing and retries nothing.
    /// </summary>
    public async Task<OperatorAnswer> RunAsync(CancellationToken cancellationToken)
    {
        if (targets.All.Count == 0)
        {
            return OperatorAnswer.Conflict(
                $"No target is configured: set {NotifySettings.UrlSetting} and {NotifySettings.SecretSetting}, {NotifySettings.EventGridSetting} or {NotifySettings.QueueSetting}.");
        }

        var notification = Sample();
        using var timeout = new CancellationTokenSource(OperatorTimes.WorkLimit, clock);
        using var timeoutOrCancelled = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var results = await Task.WhenAll(targets.All.Select(target => TryAsync(target, notification, timeoutOrCancelled.Token, cancellationToken)));
        Log.Tested(logger, results.Count(result => result.Accepted), results.Length);
        var body = new { id = notification.Id, targets = results };
        return results.Any(result => result.Reason == Timeout) ? OperatorAnswer.Unhealthy(body) : OperatorAnswer.Ok(body);
    }

    private static async Task<TargetResult> TryAsync(
        INotificationTarget target, Notification notification, CancellationToken timeoutOrCancelled, CancellationToken cancellationToken)
    {
        try
        {
            return await target.SendAsync(notification, timeoutOrCancelled) switch
            {
                NotificationDelivery.Accepted => new TargetResult(target.Name, true, null, null),
                NotificationDelivery.Deferred(var reason, var description, _) => new TargetResult(target.Name, false, reason, description),
                NotificationDelivery.Refused(var reason, var description) => new TargetResult(target.Name, false, reason.ToString(), description),
                var other => throw new System.Diagnostics.UnreachableException(other.GetType().Name),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new TargetResult(target.Name, false, Timeout, TooLate);
        }
    }

    // Each test has its own id, because a receiver that remembers ids would drop a repeated one.
    private Notification Sample()
    {
        var now = clock.GetUtcNow();
        var id = Guid.NewGuid().ToString("n");
        return new Notification
        {
            Id = Announcements.IdOf("test", id),
            Source = "test",
            Type = Type,
            Subject = "test",
            Time = now,
            Data = new NotificationData
            {
                Provider = "test",
                JobId = "test",
                Status = "succeeded",
                Assurance = "signed",
                Event = new NotificationEvent("test", id, "test", "recorded", now),
                Counts = new NotificationCounts(0, 0, 0),
                Assets = [],
                MoreAssets = false,
                Path = $"/api/events/test?id={id}",
            },
        };
    }

    private sealed record TargetResult(string Target, bool Accepted, string? Reason, string? Description);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Accepted} of {Targets} targets accepted a test notification")]
        public static partial void Tested(ILogger logger, int accepted, int targets);
    }
}
