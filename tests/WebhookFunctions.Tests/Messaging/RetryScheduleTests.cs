using WebhookFunctions.Messaging;
using WebhookFunctions.Recording;

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

    [Fact]
    public void An_events_attempts_last_for_about_a_day()
    {
        var longest = TimeSpan.FromSeconds(Enumerable.Range(0, EventRecorder.MaxAttempts).Sum(attempt => Math.Min(5 * Math.Pow(2, attempt), 3600)));

        Assert.InRange(longest, TimeSpan.FromHours(20), TimeSpan.FromHours(28));
    }
}
