using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Verification;

public sealed class SignedTimeTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1704888000", 1704888000L)]
    [InlineData("999999999999999", 999999999999999)]
    [InlineData("1000000000000000", null)]
    [InlineData("", null)]
    [InlineData(" 1", null)]
    [InlineData("1 ", null)]
    [InlineData("1\0", null)]
    [InlineData("+1", null)]
    [InlineData("-1", null)]
    [InlineData("1e3", null)]
    [InlineData("１", null)]
    public void A_time_has_at_most_fifteen_decimal_digits(string text, long? value)
    {
        var isTime = SignedTime.TryParse(text, out var read);

        Assert.Equal(value, isTime ? read : null);
    }

    [Theory]
    [InlineData(99_999_999_999, "5138-11-16T09:46:39Z")]
    [InlineData(100_000_000_000, "1973-03-03T09:46:40Z")]
    public void A_number_below_1e11_is_seconds_and_any_other_milliseconds(long value, string time) =>
        Assert.True(SignedTime.IsNear(
            value, DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), SignedTime.Tolerance, takesMilliseconds: true));

    [Fact]
    public void A_rejection_without_a_reason_is_an_exception() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Verdict.Rejected(RejectionReason.None));
}
