using Microsoft.AspNetCore.Http;
using WebhookFunctions.Providers;
using WebhookFunctions.Receiving;
using WebhookFunctions.Tests.Providers;

namespace WebhookFunctions.Tests.Receiving;

/// <summary>Tests of the answers to handshakes, with which a service validates an address before it sends webhooks.</summary>
public sealed class HandshakeTests
{
    private static readonly ProviderCard Card = ProviderCard.Minimal("service") with { ChallengeParameter = "challenge" };

    [Fact]
    public async Task Every_address_of_every_provider_that_is_off_answers_OPTIONS_with_204_and_nothing_else()
    {
        using var bench = new ProviderBench();

        foreach (var configured in bench.Catalog.All)
        {
            Assert.Null(configured.Provider);
            var card = bench.Catalog.CardAt(configured.Name.ToUpperInvariant(), null)!;
            Assert.All(card.Routes, route => Assert.Same(card, bench.Catalog.CardAt(configured.Name, route.Mode)));

            var response = await AnsweredAsync("OPTIONS", card);

            Assert.Equal((StatusCodes.Status204NoContent, (string?)null, "", "POST, OPTIONS"), (response.StatusCode, response.ContentType, await BodyAsync(response), response.Headers.Allow.ToString()));
            Assert.Null(Handshake.Answer(Request("GET"), card));
            Assert.Null(Handshake.Answer(Request("POST"), card));
        }
    }

    [Theory]
    [InlineData("nobody", null)]
    [InlineData("sync", "dynamic")]
    [InlineData("", null)]
    public void An_address_that_the_app_does_not_have_answers_no_handshake(string name, string? mode)
    {
        using var bench = new ProviderBench();

        Assert.Null(bench.Catalog.CardAt(name, mode));
        Assert.Null(Handshake.Answer(Request("OPTIONS"), null));
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("GET")]
    public async Task A_challenge_is_echoed_as_plain_text_that_no_browser_renders_as_a_page(string method)
    {
        var response = await AnsweredAsync(method, Card, "?challenge=abc-DEF_1.2~3");

        Assert.Equal((StatusCodes.Status200OK, (string?)"text/plain", "nosniff"), (response.StatusCode, (string?)response.ContentType, response.Headers.XContentTypeOptions.ToString()));
        Assert.Equal("abc-DEF_1.2~3", await BodyAsync(response));
    }

    [Theory]
    [InlineData("?challenge=<script>")]
    [InlineData("?challenge=a%20b")]
    [InlineData("?challenge=%C3%A9")]
    [InlineData("?challenge=")]
    [InlineData("?challenge=a&challenge=b")]
    [InlineData("?other=abc")]
    [InlineData("?challenge=LONG")]
    public void A_value_that_is_not_a_challenge_is_never_echoed(string query)
    {
        query = query.Replace("LONG", new string('a', Handshake.MaxChallengeLength + 1), StringComparison.Ordinal);

        Assert.Same(ReceiveAnswer.Ready, Handshake.Answer(Request("OPTIONS", query), Card));
        Assert.Null(Handshake.Answer(Request("GET", query), Card));
    }

    private static HttpRequest Request(string method, string query = "")
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.QueryString) = (method, new QueryString(query));
        return request;
    }

    private static async Task<HttpResponse> AnsweredAsync(string method, ProviderCard card, string query = "")
    {
        var request = Request(method, query);
        request.HttpContext.Response.Body = new MemoryStream();
        await Handshake.Answer(request, card)!.ExecuteAsync(request.HttpContext);
        await request.HttpContext.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        return request.HttpContext.Response;
    }

    private static async Task<string> BodyAsync(HttpResponse response)
    {
        response.Body.Position = 0;
        using var reader = new StreamReader(response.Body, leaveOpen: true);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
