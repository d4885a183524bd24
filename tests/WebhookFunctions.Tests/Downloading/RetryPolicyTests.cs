using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Downloading;

public sealed class RetryPolicyTests
{
    private const string Setting = "THE_KEY";

    private static readonly DateTimeOffset Now = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private static readonly AssetMessage Message = new()
    {
        Event = EventKey.Create("replicate", "e"),
        Row = "asset:00000",
        JobId = "job",
        Source = new AssetSource { Name = "output", Url = "https://replicate.delivery/x" },
        Assurance = Assurance.Signed,
        ReceivedAt = Now,
        QueuedAt = Now,
        FirstGetAt = Now,
    };

    /// <summary>
    /// Gets rows of reason, seconds since the first request, number of renewals, seconds since the last one, and whether the API can renew, with the
    /// expected decision.
    /// </summary>
    public static TheoryData<FailureReason, int, int, int?, bool, string> Refusals { get; } = new()
    {
        // 401, 403, 410 with an API: the link is renewed at once.
        { FailureReason.Unauthorized, 0, 0, null, true, "renew" },
        { FailureReason.Forbidden, 0, 0, null, true, "renew" },
        { FailureReason.Gone, 0, 0, null, true, "renew" },
        { FailureReason.Forbidden, 3000, 4, 1, true, "renew" },
        { FailureReason.Forbidden, 599, 5, 1, true, "wait" },
        { FailureReason.Forbidden, 600, 5, 1, true, "Forbidden" },
        // Without an API: short waits in the first minutes.
        { FailureReason.Unauthorized, 0, 0, null, false, "wait" },
        { FailureReason.Forbidden, 599, 0, null, false, "wait" },
        { FailureReason.Gone, 600, 0, null, false, "Gone" },
        { FailureReason.Unauthorized, 601, 0, null, false, "Unauthorized" },
        // 404, 409, 423 with an API: short waits for a minute, then a renewal.
        { FailureReason.NotFound, 0, 0, null, true, "wait" },
        { FailureReason.NotFound, 59, 0, null, true, "wait" },
        { FailureReason.NotFound, 60, 0, null, true, "renew" },
        { FailureReason.NotReady, 60, 0, null, true, "renew" },
        { FailureReason.NotFound, 90, 1, 30, true, "wait" },
        { FailureReason.NotFound, 120, 1, 60, true, "renew" },
        { FailureReason.NotFound, 599, 5, 60, true, "wait" },
        { FailureReason.NotFound, 600, 5, 60, true, "NotFound" },
        { FailureReason.NotFound, 599, 0, null, false, "wait" },
        { FailureReason.NotFound, 600, 0, null, false, "NotFound" },
        { FailureReason.NotReady, 600, 0, null, false, "NotReady" },
        { FailureReason.NoResult, 599, 0, null, false, "wait" },
        { FailureReason.NoResult, 600, 0, null, false, "NoResult" },
        // Permanent failures.
        { FailureReason.Refused, 0, 0, null, true, "Refused" },
        { FailureReason.WrongContent, 0, 0, null, true, "WrongContent" },
        { FailureReason.BlockedAddress, 0, 0, null, true, "BlockedAddress" },
        { FailureReason.TooLarge, 0, 0, null, false, "TooLarge" },
        // Transient failures.
        { FailureReason.ServerError, 50_000, 0, null, true, "wait" },
        { FailureReason.Unreachable, 50_000, 5, 1, false, "wait" },
        { FailureReason.ServerError, 86_401, 0, null, true, "RetriesExhausted" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_refusal_is_retried_in_the_first_minutes_and_permanent_later(
        FailureReason reason, int sinceFirstGet, int renewals, int? sinceRenewal, bool canRenew, string expected)
    {
        var message = Message with
        {
            FirstGetAt = Now.AddSeconds(-sinceFirstGet),
            QueuedAt = Now.AddSeconds(-sinceFirstGet),
            ReceivedAt = Now.AddSeconds(-sinceFirstGet),
            Renewals = renewals,
            RenewedAt = sinceRenewal is { } seconds ? Now.AddSeconds(-seconds) : null,
        };

        var decision = RetryPolicy.Decide(message, Failed(reason) with { CanRenew = canRenew }, Now, 0.5);

        Assert.Equal(expected, Name(decision));
    }

    [Theory]
    [InlineData(FailureReason.Forbidden)]
    [InlineData(FailureReason.NotFound)]
    public void A_refused_link_that_was_just_renewed_is_retried(FailureReason reason)
    {
        var message = Message with { FirstGetAt = Now.AddHours(-1), QueuedAt = Now.AddHours(-1), Renewals = 1, RenewedAt = Now.AddSeconds(-90) };

        var decision = RetryPolicy.Decide(message, Failed(reason) with { CanRenew = true, HasRenewed = true }, Now, 0.5);

        Assert.Equal("wait", Name(decision));
    }

    [Theory]
    [InlineData(FailureReason.Forbidden, true)]
    [InlineData(FailureReason.NotFound, true)]
    [InlineData(FailureReason.ServerError, false)]
    public void The_final_failure_names_the_setting_that_would_have_helped(FailureReason reason, bool isNamed)
    {
        var message = Message with { FirstGetAt = Now.AddDays(-2), QueuedAt = Now.AddDays(-2) };

        var end = Assert.IsType<RetryDecision.Fail>(RetryPolicy.Decide(message, Failed(reason) with { MissingSetting = Setting }, Now, 0.5));

        Assert.Equal(isNamed, end.Description.Contains(Setting, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FailureReason.ServerError)]
    [InlineData(FailureReason.Forbidden)]
    [InlineData(FailureReason.NotFound)]
    public void No_attempt_is_made_once_the_provider_has_removed_the_result_and_the_failure_says_so(FailureReason reason)
    {
        var message = Message with { ReceivedAt = Now.AddMinutes(-61), FirstGetAt = Now, QueuedAt = Now };

        var end = Assert.IsType<RetryDecision.Fail>(
            RetryPolicy.Decide(message, Failed(reason) with { CanRenew = true, Retention = TimeSpan.FromHours(1) }, Now, 0.5));

        Assert.Contains("keeps results for 1 hour", end.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.75)]
    [InlineData(0.999)]
    public void Attempts_are_spread_over_the_lifetime_of_a_link_and_end_with_it(double random)
    {
        var life = TimeSpan.FromHours(1);
        var failed = Failed(FailureReason.ServerError) with { LinkLife = life, Retention = life };
        var times = new List<TimeSpan>();
        var message = Message;
        var now = Now;
        while (RetryPolicy.Decide(message, failed, now, random) is RetryDecision.Retry(var wait))
        {
            now += wait;
            times.Add(now - Now);
            message = message with { Attempt = message.Attempt + 1 };
            Assert.True(times.Count < 1000);
        }

        Assert.All(times, time => Assert.True(time <= life));
        // No gap is longer than half of the remaining time, and the last attempt is near the end.
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First <= Max((life - pair.First) / 2, TimeSpan.FromMinutes(1)) + TimeSpan.FromTicks(1)));
        Assert.True(times[^1] >= life - TimeSpan.FromMinutes(1));
        Assert.InRange(times.Count, 10, random > 0.9 ? 400 : 60);
    }

    [Theory]
    [InlineData(null, 30)]
    [InlineData(45, 45)]
    [InlineData(7200, 3600)]
    public void Retry_After_is_honoured_up_to_an_hour(int? retryAfter, int seconds)
    {
        var failure = new DownloadFailure(FailureReason.NotFound, "404.", retryAfter is { } retryAfterSeconds ? TimeSpan.FromSeconds(retryAfterSeconds) : null);

        var decision = RetryPolicy.Decide(Message with { Attempt = 20 }, new FailedAttempt(failure), Now, random: 0);

        Assert.Equal(TimeSpan.FromSeconds(seconds), Assert.IsType<RetryDecision.Retry>(decision).Wait);
    }

    [Fact]
    public void The_wait_does_not_grow_while_a_download_makes_progress()
    {
        var decision = RetryPolicy.Decide(Message with { Attempt = 9 }, Failed(FailureReason.ConnectionLost) with { HasProgressed = true }, Now, random: 0);

        Assert.Equal(RetrySchedule.FirstDelay, Assert.IsType<RetryDecision.Retry>(decision).Wait);
    }

    private static FailedAttempt Failed(FailureReason reason) => new(new DownloadFailure(reason, "It failed."));

    private static string Name(RetryDecision decision) => decision switch
    {
        RetryDecision.Renew => "renew",
        RetryDecision.Retry => "wait",
        _ => ((RetryDecision.Fail)decision).Reason.ToString(),
    };

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
