using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Model;

public sealed class WorkStartsTests
{
    [Theory]
    [InlineData(0, WorkStart.Ordinary)]
    [InlineData(3, WorkStart.Ordinary)]
    [InlineData(4, WorkStart.Suspect)]
    [InlineData(13, WorkStart.Suspect)]
    [InlineData(14, WorkStart.Parked)]
    [InlineData(int.MaxValue, WorkStart.Parked)]
    public void From_its_fifth_start_a_message_is_suspect_and_after_ten_starts_as_one_it_is_parked(int before, WorkStart next) =>
        Assert.Equal(next, WorkStarts.Next(before));
}
