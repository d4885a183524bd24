using System.Globalization;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;

namespace WebhookFunctions.Downloading;

/// <summary>A failed attempt, and what the asset's provider can still do about it.</summary>
/// <param name="Failure">The failure.</param>
public sealed record FailedAttempt(DownloadFailure Failure)
{
    /// <summary>Whether this attempt staged more than was staged before, so that the next one has less to do.</summary>
    public bool HasProgressed { get; init; }

    /// <summary>Whether the provider's API can be asked for a new link of this asset.</summary>
    public bool CanRenew { get; init; }

    /// <summary>Whether the attempt already used a link that was renewed during it.</summary>
    public bool HasRenewed { get; init; }

    /// <summary>The setting without which the link cannot be renewed; null if none is missing.</summary>
    public string? MissingSetting { get; init; }

    /// <inheritdoc cref="WebhookProvider.LinkLife"/>
    public TimeSpan? LinkLife { get; init; }

    /// <inheritdoc cref="WebhookProvider.Retention"/>
    public TimeSpan? Retention { get; init; }
}

/// <summary>Decision on what follows a failed attempt.</summary>
public abstract record RetryDecision
{
    private RetryDecision()
    {
    }

    /// <summary>Another attempt, after a wait.</summary>
    public sealed record Retry(TimeSpan Wait) : RetryDecision;

    /// <summary>A call for a new link at once, and another download with it.</summary>
    public sealed record Renew : RetryDecision;

    /// <summary>No further attempt: the asset fails.</summary>
    public sealed record Fail(DeadLetterReason Reason, string Description) : RetryDecision;
}

/// <summary>
/// Policy that decides what follows a failed attempt. Time is counted from the first GET: in the first minutes a refusal may only mean that the file
/// is not released yet. Attempts are spread over the link's life, and end when the provider deletes the result.
/// </summary>
public static class RetryPolicy
{
    /// <summary>How long, from the first GET on, a file that is refused or not found is requested again. Known reports of late files speak of
    /// seconds to minutes.</summary>
    public static readonly TimeSpan FirstMinutes = TimeSpan.FromMinutes(10);

    /// <summary>How long a file that is not found is requested before the link is renewed.</summary>
    public static readonly TimeSpan BeforeRenewal = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait within the first minutes.</summary>
    public static readonly TimeSpan LongestShortWait = TimeSpan.FromSeconds(30);

    /// <summary>The maximum number of renewals of one asset's link.</summary>
    public const int MaxRenewals = 5;

    // The minimum of the longest wait. Otherwise the longest wait is half of what is left of the link's life, and attempts would crowd at its end.
    private static readonly TimeSpan ShortestSpread = TimeSpan.FromMinutes(1);

    /// <summary>Decides what follows a failed attempt.</summary>
    /// <param name="message">The asset, with the history of its attempts.</param>
    /// <param name="failed">The failed attempt.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="random">From 0 up to, but not including, 1: the jitter of the wait.</param>
    public static RetryDecision Decide(AssetMessage message, FailedAttempt failed, DateTimeOffset now, double random)
    {
        var limit = failed.Failure.Reason.AsRetryLimit();
        return limit switch
        {
            RetryLimit.None => new RetryDecision.Fail(failed.Failure.Reason.AsDeadLetter(), failed.Failure.Description),
            RetryLimit.UntilDeadline => RetryOrFail(message, failed, now, Spread(message, failed, now, RetrySchedule.Delay(failed.HasProgressed ? 0 : message.Attempt, random))),
            _ => DecideRefused(message, failed, limit, now, random),
        };
    }

    private static RetryDecision DecideRefused(AssetMessage message, FailedAttempt failed, RetryLimit limit, DateTimeOffset now, double random)
    {
        var firstGetAt = message.FirstGetAt ?? now;
        var isRenewable = failed.CanRenew && message.Renewals < MaxRenewals && !IsPastRetention(message, failed, now);
        if (isRenewable && !failed.HasRenewed
            && (limit == RetryLimit.NewLink || now - (message.RenewedAt ?? firstGetAt) >= BeforeRenewal))
        {
            return new RetryDecision.Renew();
        }

        return isRenewable || now - firstGetAt < FirstMinutes
            ? RetryOrFail(message, failed, now, Shorter(RetrySchedule.Delay(message.Attempt, random), LongestShortWait))
            : new RetryDecision.Fail(failed.Failure.Reason.AsDeadLetter(), $"{failed.Failure.Description} {ReasonOfEnd(message, failed)}");
    }

    private static RetryDecision RetryOrFail(AssetMessage message, FailedAttempt failed, DateTimeOffset now, TimeSpan wait)
    {
        wait = Longer(wait, failed.Failure.RetryAfter);
        var next = now + wait;
        if (IsPastRetention(message, failed, next))
        {
            return new RetryDecision.Fail(
                failed.Failure.Reason.AsDeadLetter(),
                $"{failed.Failure.Description} The provider keeps results for {Describe(failed.Retention!.Value)}, so there is no attempt after that.{Hint(failed)}");
        }

        return RetrySchedule.IsOver(message.QueuedAt, next)
            ? new RetryDecision.Fail(DeadLetterReason.RetriesExhausted, $"Tried for 24 hours, {message.Attempt + 1} times. {failed.Failure.Description}")
            : new RetryDecision.Retry(wait);
    }

    // Shortens a wait so that the next attempt still comes within the link's life.
    private static TimeSpan Spread(AssetMessage message, FailedAttempt failed, DateTimeOffset now, TimeSpan wait)
    {
        if (failed.LinkLife is not { } life)
        {
            return wait;
        }

        var left = (message.RenewedAt ?? message.ReceivedAt) + life - now;
        return left <= TimeSpan.Zero ? wait : Shorter(wait, Longer(left / 2, ShortestSpread));
    }

    private static bool IsPastRetention(AssetMessage message, FailedAttempt failed, DateTimeOffset at) =>
        failed.Retention is { } retention && at > message.ReceivedAt + retention;

    private static string ReasonOfEnd(AssetMessage message, FailedAttempt failed) =>
        failed.CanRenew && message.Renewals >= MaxRenewals
            ? $"The provider's API was asked for a new link {message.Renewals} times."
            : $"It was requested again for {Describe(FirstMinutes)}.{Hint(failed)}";

    private static string Hint(FailedAttempt failed) => failed.MissingSetting is { } setting && failed.Failure.Reason.AsRetryLimit() != RetryLimit.UntilDeadline
        ? $" With {setting} set, the provider's API would have been asked for a new link."
        : "";

    private static string Describe(TimeSpan time)
    {
        var (count, unit) = time < TimeSpan.FromHours(1) ? (time.TotalMinutes, "minute") : time < TimeSpan.FromDays(2) ? (time.TotalHours, "hour") : (time.TotalDays, "day");
        return string.Create(CultureInfo.InvariantCulture, $"{count:0.#} {unit}{(count == 1 ? "" : "s")}");
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Longer(TimeSpan wait, TimeSpan? asked) =>
        asked is not { } longer || longer <= wait ? wait : Shorter(longer, RetrySchedule.LongestDelay);
}
