using FunctionsHost.Http;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Tests.FunctionsHosting;

public sealed class LocalCallerTests
{
    [Theory]
    [InlineData("127.0.0.1:7071", null, null)]
    [InlineData("localhost:7071", null, null)]
    [InlineData("[::1]:7071", null, null)]
    [InlineData("127.0.0.1:7071", "Origin", "http://127.0.0.1:7071")]
    [InlineData("127.0.0.1:7071", "Sec-Fetch-Site", "same-origin")]
    [InlineData("127.0.0.1:7071", "Sec-Fetch-Site", "none")]
    [InlineData("127.0.0.1:7071", "X-Forwarded-For", "127.0.0.1")]
    [InlineData("127.0.0.1:7071", "X-Forwarded-For", "::1, 127.0.0.1")]
    [InlineData("127.0.0.1:7071", "Forwarded", "for=\"[::1]:4711\";host=localhost;proto=http")]
    public void A_program_on_this_machine_or_a_page_of_the_host_is_a_local_caller(string host, string? header, string? value) =>
        Assert.True(LocalCaller.Made(Request(host, header, value)));

    [Theory]
    [InlineData("app.tunnel.example", null, null)]
    [InlineData("192.168.0.7:7071", null, null)]
    [InlineData("", null, null)]
    // A name that an attacker resolves to 127.0.0.1.
    [InlineData("localhost.attacker.example:7071", null, null)]
    [InlineData("127.0.0.1:7071", "Origin", "https://attacker.example")]
    [InlineData("127.0.0.1:7071", "Origin", "http://127.0.0.1:8080")]
    [InlineData("127.0.0.1:7071", "Origin", "null")]
    [InlineData("127.0.0.1:7071", "Sec-Fetch-Site", "cross-site")]
    [InlineData("127.0.0.1:7071", "Sec-Fetch-Site", "same-site")]
    [InlineData("127.0.0.1:7071", "X-Forwarded-For", "203.0.113.9")]
    [InlineData("127.0.0.1:7071", "X-Forwarded-For", "127.0.0.1, 203.0.113.9")]
    [InlineData("127.0.0.1:7071", "X-Forwarded-Host", "app.tunnel.example")]
    [InlineData("127.0.0.1:7071", "Forwarded", "for=203.0.113.9;proto=https")]
    [InlineData("127.0.0.1:7071", "Forwarded", "for=127.0.0.1;host=app.tunnel.example")]
    [InlineData("127.0.0.1:7071", "X-Real-IP", "203.0.113.9")]
    public void A_request_through_a_tunnel_or_from_a_page_of_another_origin_is_not_from_a_local_caller(string host, string? header, string? value) =>
        Assert.False(LocalCaller.Made(Request(host, header, value)));

    private static HttpRequest Request(string host, string? header, string? value)
    {
        var request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = ("http", new HostString(host));
        if (header is not null)
        {
            request.Headers[header] = value;
        }

        return request;
    }
}
