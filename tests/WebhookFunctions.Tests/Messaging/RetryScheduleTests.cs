using WebhookFunctions.Messaging;

namespace WebhookFunctions.Tests.Messaging;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(5, 160)]
    [InlineData(9, 2560)]
    [InlineData(10, 3600)]
    [InlineData(1000, 3600)]
    [InlineData(int.MaxValue, 3600)]
    public void The_wait_is_random_up_to_a_maximum_that_doubles_up_to_an_hour(int attempt, double fullSeconds)
    {
        Assert.Equal(fullSeconds, RetrySchedule.LongestDelayAfter(attempt).TotalSeconds);
        Assert.Equal(fullSeconds, RetrySchedule.Delay(attempt, 0).TotalSeconds);
        Assert.InRange(RetrySchedule.Delay(attempt, Math.BitDecrement(1)).TotalSeconds, fullSeconds * 0.01, fullSeconds * 0.03);
        Assert.InRange(RetrySchedule.Delay(attempt, 0.5).TotalSeconds, fullSeconds * 0.5, fullSeconds * 0.52);

        var waits = Enumerable.Range(0, 200).Select(_ => RetrySchedule.Delay(attempt).TotalSeconds).ToList();
        Assert.All(waits, wait => Assert.InRange(wait, fullSeconds * 0.01, fullSeconds));
        Assert.True(waits.Distinct().Count() > 100);
    }

    [Fact]
    public void Waits_are_uniformly_distributed()
    {
        const int Draws = 10_000;
        var whole = RetrySchedule.LongestDelayAfter(6).TotalSeconds;

        var tenths = Enumerable.Range(0, Draws)
            .Select(draw => RetrySchedule.Delay(6, (double)draw / Draws).TotalSeconds)
            .CountBy(wait => Math.Min(9, (int)(wait / whole * 10)))
            .ToDictionary();

        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(tenths[tenth], Draws / 10 * 0.75, Draws / 10 * 1.25));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void Work_fails_permanently_if_its_next_attempt_would_be_more_than_a_day_after_the_first(long ticks, bool isOver)
    {
        var first = new DateTimeOffset(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(isOver, RetrySchedule.IsOver(first, first + TimeSpan.FromHours(24) + TimeSpan.FromTicks(ticks)));
    }
}
