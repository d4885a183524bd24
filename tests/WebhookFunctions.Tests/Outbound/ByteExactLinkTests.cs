using System.Text;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Outbound;
using WebhookFunctions.Tests.Downloading;

namespace WebhookFunctions.Tests.Outbound;

/// <summary>Tests that a link is sent byte for byte in the request line, because its signature may cover every byte.</summary>
public sealed class ByteExactLinkTests : IAsyncDisposable
{
    private readonly HostileServer _server = new();
    private readonly OutboundHttp _http = new(new SystemNetwork(), Options.Create(new OutboundOptions { AllowLoopback = true }));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Gets paths with queries as in a link, and as they must be sent.</summary>
    public static TheoryData<string, string> Spellings { get; } = new()
    {
        { "/a%7Eb", "/a%7Eb" },
        { "/a~b", "/a~b" },
        { "/%2E%2D%5F%41%61", "/%2E%2D%5F%41%61" },
        { "/a/./b/../c", "/a/./b/../c" },
        { "/a/%2E%2E/b", "/a/%2E%2E/b" },
        { "/a/%2e%2e/%2E/b", "/a/%2e%2e/%2E/b" },
        { "/..", "/.." },
        { "/a//b///c", "/a//b///c" },
        { "/%e6%97%a5", "/%e6%97%a5" },
        { "/%E6%97%A5", "/%E6%97%A5" },
        { "/a%2Fb%5Cc%3Fd%23e", "/a%2Fb%5Cc%3Fd%23e" },
        { "/a%20b%2Bc+d", "/a%20b%2Bc+d" },
        { "/100%", "/100%" },
        { "/a%zz%4", "/a%zz%4" },
        { "/v.mp4?X-Amz-Signature=%7E%2E%2D%5F&e=%41", "/v.mp4?X-Amz-Signature=%7E%2E%2D%5F&e=%41" },
        { "/v.mp4?name=a/../b&q=./c", "/v.mp4?name=a/../b&q=./c" },
        { "/v.mp4?a=b?c=d&e=%3d%3D", "/v.mp4?a=b?c=d&e=%3d%3D" },
        { "/v.mp4?", "/v.mp4?" },
        { "/?a", "/?a" },
        { "?a=b", "/?a=b" },
        { "", "/" },
        { "/a;b=1,2:3@4!$&'()*=", "/a;b=1,2:3@4!$&'()*=" },
        { "/a[0]?b[]=1", "/a[0]?b[]=1" },
        { "/a b", "/a%20b" },
        { "/a\"b<c>d", "/a%22b%3Cc%3Ed" },
        { "/a\\b^c`d{e|f}", "/a%5Cb%5Ec%60d%7Be%7Cf%7D" },
        { "/日本.mp4", "/%E6%97%A5%E6%9C%AC.mp4" },
        { "/é?n=ü", "/%C3%A9?n=%C3%BC" },
        { "/\U0001F600", "/%F0%9F%98%80" },
        { "/%7E é", "/%7E%20%C3%A9" },
        { "/v.mp4#t=10", "/v.mp4" },
        { "/v.mp4?a=1#?b=2", "/v.mp4?a=1" },
        { "#top", "/" },
        { "/v.mp4 ", "/v.mp4" },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_link_is_requested_exactly_as_received(string spelling, string sent)
    {
        await GetAsync(_server.Url(spelling));

        Assert.Equal([sent], _server.Requests.Select(request => request.Target));
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_redirect_to_another_link_is_requested_exactly_as_received(string spelling, string sent)
    {
        await using var other = new HostileServer { DefaultScript = static exchange => exchange.AnswerAsync("200 OK") };
        RedirectTo("/first", other.Url(spelling));

        await GetAsync(_server.Url("/first"));

        Assert.Equal([sent], other.Requests.Select(request => request.Target));
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_redirect_to_a_path_is_requested_exactly_as_received(string spelling, string sent)
    {
        if (!spelling.StartsWith('/'))
        {
            return;
        }

        RedirectTo("/first", spelling);

        await GetAsync(_server.Url("/first"));

        Assert.Equal(["/first", sent], _server.Requests.Select(request => request.Target));
    }

    [Theory]
    [InlineData("b%7E", "/x/%2E/b%7E")]
    [InlineData("./b/../c", "/x/%2E/b/../c")]
    [InlineData("../b", "/x/b")]
    [InlineData("../../../b", "/b")]
    [InlineData("..", "/x/")]
    [InlineData(".?c", "/x/%2E/?c")]
    [InlineData("?%41=../", "/x/%2E/y?%41=../")]
    [InlineData("b?/../c", "/x/%2E/b?/../c")]
    public async Task A_relative_redirect_keeps_the_spelling_of_both(string location, string sent)
    {
        RedirectTo("/x/%2E/y", location);

        await GetAsync(_server.Url("/x/%2E/y?z=/1/2"));

        Assert.Equal(["/x/%2E/y?z=/1/2", sent], _server.Requests.Select(request => request.Target));
    }

    [Theory]
    [InlineData("https://good.example@evil.example/")]
    [InlineData("https://good.example%2F@evil.example/")]
    [InlineData("https://good.example#@evil.example/")]
    [InlineData("https://good.example?@evil.example/")]
    [InlineData("https:\\\\good.example/@evil.example")]
    [InlineData("https://GOOD.example./%2F..")]
    [InlineData("https://b\u00fccher.example/\u00fc")]
    [InlineData("https://\uFF47ood.example/")]
    [InlineData("https://[::ffff:127.0.0.1]/%2E")]
    [InlineData("https://0x7f.1/%2E")]
    [InlineData("https://2130706433?")]
    [InlineData(" https://good.example/ ")]
    public void The_guard_checks_the_host_to_which_the_client_connects(string link)
    {
        var canonical = new Uri(link);

        var exact = OutboundLink.Parse(link);

        Assert.NotNull(exact);
        Assert.Equal(
            (canonical.Scheme, canonical.IdnHost, canonical.Port, canonical.UserInfo, canonical.HostNameType),
            (exact.Scheme, exact.IdnHost, exact.Port, exact.UserInfo, exact.HostNameType));
        Assert.StartsWith("/", exact.PathAndQuery, StringComparison.Ordinal);
        Assert.DoesNotContain('#', exact.PathAndQuery);
    }

    [Theory]
    [InlineData("")]
    [InlineData("v.mp4")]
    [InlineData("https://")]
    [InlineData("https:///v.mp4")]
    [InlineData("https://a b/")]
    [InlineData("https://[::1/")]
    [InlineData("https://host:99999/")]
    [InlineData("https://good.example\\@evil.example/")]
    [InlineData("https:/\\/good.example/..//evil.example")]
    [InlineData("https://good.example:443\\evil.example")]
    public void A_text_that_is_not_a_link_is_refused(string text) => Assert.Null(OutboundLink.Parse(text));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    private void RedirectTo(string path, string location)
    {
        var isFirst = true;
        _server.On(path, async exchange =>
        {
            var redirect = Encoding.UTF8.GetBytes($"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n");
            await (isFirst ? exchange.SendAsync(redirect.AsMemory()) : exchange.AnswerAsync("200 OK"));
            isFirst = false;
        });
    }

    private async Task GetAsync(string link)
    {
        _server.DefaultScript = static exchange => exchange.AnswerAsync("200 OK");
        var client = new SourceClient(_http, Options.Create(new AssetOptions()), TimeProvider.System);
        var result = await client.GetAsync(new SourceRequest(link, new TestProvider(), Hosts: null, Resume: null), Cancel);
        using var answer = Assert.IsType<SourceResult.Answered>(result).Answer;
    }
}
