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
    public void The_wait_doubles_up_to_an_hour_and_its_last_quarter_is_chance(int attempt, double fullSeconds)
    {
        var waits = Enumerable.Range(0, 200).Select(_ => RetrySchedule.Delay(attempt).TotalSeconds).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, fullSeconds * 0.75, fullSeconds));
        Assert.True(waits.Distinct().Count() > 100);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void Work_is_given_up_where_its_next_attempt_would_be_more_than_a_day_after_the_first(long ticks, bool isOver)
    {
        var first = new DateTimeOffset(2026, 1, 22, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(isOver, RetrySchedule.IsOver(first, first + TimeSpan.FromHours(24) + TimeSpan.FromTicks(ticks)));
    }
}
