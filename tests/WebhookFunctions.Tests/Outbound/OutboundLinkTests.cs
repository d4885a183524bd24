using WebhookFunctions.Outbound;

namespace WebhookFunctions.Tests.Outbound;

public sealed class OutboundLinkTests
{
    [Theory]
    [InlineData("https://cdn.example/v.mp4")]
    [InlineData("https://cdn.example:443/v.mp4")]
    [InlineData("https://cdn.example:1024/v.mp4")]
    [InlineData("https://cdn.example:65535/v.mp4")]
    public void A_link_to_a_web_server_is_followed(string link) => Assert.Null(Problem(link));

    [Theory]
    [InlineData("/v.mp4", "The link is not an absolute URL.")]
    [InlineData("https://user@cdn.example/v.mp4", "The link contains user information.")]
    [InlineData("http://user@127.0.0.1/", "The link contains user information.")]
    [InlineData("http://cdn.example/v.mp4", "The link is not https.")]
    [InlineData("http://127.0.0.1/v.mp4", "The link is not https.")]
    [InlineData("ftp://cdn.example/v.mp4", "The link's scheme is ftp, not https.")]
    [InlineData("gs://bucket/v.mp4", "The link's scheme is gs, not https.")]
    [InlineData("https://cdn.example:80/", "The link leads to port 80.")]
    [InlineData("https://cdn.example:442/", "The link leads to port 442.")]
    [InlineData("https://cdn.example:444/", "The link leads to port 444.")]
    [InlineData("https://cdn.example:1023/", "The link leads to port 1023.")]
    public void A_link_that_is_not_followed_has_a_reason(string link, string why) => Assert.Equal(why, Problem(link));

    [Fact]
    public void A_missing_link_is_not_followed() => Assert.NotNull(OutboundLink.Problem(null, allowLoopback: true));

    [Theory]
    [InlineData("http://127.0.0.1", true)]
    [InlineData("http://127.0.0.1/", true)]
    [InlineData("http://127.0.0.1:8080/v.mp4", true)]
    [InlineData("http://127.0.0.1:65535?a", true)]
    [InlineData("http://127.0.0.1#a", true)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("http://127.0.0.1.example/", false)]
    [InlineData("http://127.0.0.10/", false)]
    [InlineData("http://127x0.0.1/", false)]
    [InlineData("http://127.1/", false)]
    [InlineData("http://2130706433/", false)]
    [InlineData("http://0x7f.0.0.1/", false)]
    [InlineData("http://127.0.0.1:/", false)]
    [InlineData("HTTP://127.0.0.1/", false)]
    [InlineData(" http://127.0.0.1/", false)]
    public void Only_one_spelling_of_loopback_is_recognized(string link, bool isLoopback)
    {
        var uri = new Uri(link);

        Assert.Equal(isLoopback, OutboundLink.IsLoopback(uri));
        Assert.Equal(isLoopback || uri.Scheme == "https", OutboundLink.Problem(uri, allowLoopback: true) is null);
    }

    [Theory]
    [InlineData("/b?c=d", "https://a.example:8443/b?c=d")]
    [InlineData("b", "https://a.example:8443/x/b")]
    [InlineData("../b", "https://a.example:8443/b")]
    [InlineData("?q", "https://a.example:8443/x/y?q")]
    [InlineData("//b.example/c", "https://b.example/c")]
    [InlineData("//0x7f.1/c", "https://0x7f.1/c")]
    [InlineData("https://b.example/c", "https://b.example/c")]
    [InlineData("http://0x7f.1/c", "http://0x7f.1/c")]
    [InlineData("HTTPS://B.example/c", "HTTPS://B.example/c")]
    [InlineData("ftp://b.example/c", "ftp://b.example/c")]
    [InlineData("1https://b.example/c", "https://a.example:8443/x/1https://b.example/c")]
    [InlineData("/b:c", "https://a.example:8443/b:c")]
    public void A_redirect_is_resolved_and_keeps_the_spelling_of_a_new_host(string location, string target) =>
        Assert.Equal(target, OutboundLink.Redirect(new Uri("https://a.example:8443/x/y?z"), location)?.OriginalString);

    [Theory]
    [InlineData("https://")]
    [InlineData("https://:8080/")]
    [InlineData("//")]
    [InlineData("//:1/")]
    public void A_redirect_without_a_link_has_no_target(string location) => Assert.Null(OutboundLink.Redirect(new Uri("https://a.example/"), location));

    [Fact]
    public void A_path_on_loopback_stays_the_loopback_that_was_checked() =>
        Assert.True(OutboundLink.IsLoopback(OutboundLink.Redirect(new Uri("http://127.0.0.1:8080/a"), "/b")!));

    private static string? Problem(string link) => OutboundLink.Problem(new Uri(link, UriKind.RelativeOrAbsolute), allowLoopback: false);
}
