using WebhookFunctions.Downloading;

namespace WebhookFunctions.Tests.Downloading;

public sealed class FailureReasonTests
{
    [Fact]
    public void A_dead_letter_has_the_name_of_the_failure_that_led_to_it()
    {
        var permanent = Enum.GetValues<FailureReason>().Where(reason => reason.IsPermanent()).ToList();

        Assert.Equal(11, permanent.Count);
        Assert.All(permanent, reason => Assert.Equal(reason.ToString(), reason.AsDeadLetter().ToString()));
    }
}
