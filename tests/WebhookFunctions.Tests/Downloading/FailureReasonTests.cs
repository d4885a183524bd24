using WebhookFunctions.Downloading;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Downloading;

public sealed class FailureReasonTests
{
    [Fact]
    public void A_dead_letter_has_the_name_of_the_failure_that_led_to_it()
    {
        var named = Enum.GetValues<FailureReason>().Where(reason => reason.AsRetryLimit() != RetryLimit.UntilDeadline).ToList();

        Assert.Equal(13, named.Count);
        Assert.All(named, reason => Assert.Equal(reason.ToString(), reason.AsDeadLetter().ToString()));
        Assert.All(Enum.GetValues<FailureReason>().Except(named), reason => Assert.Equal(DeadLetterReason.RetriesExhausted, reason.AsDeadLetter()));
    }
}
