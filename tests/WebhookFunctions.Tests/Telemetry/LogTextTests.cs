using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Tests.Telemetry;

public sealed class LogTextTests
{
    [Theory]
    [InlineData(null, "-")]
    [InlineData("", "")]
    [InlineData("job-1:COMPLETED", "job-1:COMPLETED")]
    [InlineData("a\nb\r\nc", "a b  c")]
    [InlineData("a\u001b[31mb", "a [31mb")]
    [InlineData("a\u2028b\u202ec", "a b c")]
    [InlineData("späß 🎬", "späß 🎬")]
    [InlineData("GET https://cdn.example/a?token=secret failed", "GET https://cdn.example/a?… failed")]
    [InlineData("https://user:secret@cdn.example/a", "https://cdn.example/a")]
    public void Text_of_other_systems_is_logged_as_one_line_without_secrets(string? text, string expected) => Assert.Equal(expected, LogText.Clean(text));

    [Fact]
    public void A_long_text_is_cut() => Assert.Equal(new string('a', 19) + "…", LogText.Clean(new string('a', 5000), 20));
}
