using System.Net;
using LocalHost.Functions;
using LocalHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.LocalHosting;

/// <summary>Requests start functions as the Functions host and its worker have them do.</summary>
public sealed class HttpFunctionsTests : IAsyncLifetime
{
    private readonly CapturedLogs _logs = new();
    private readonly WebApplication _app;
    private HttpClient _http = null!;

    public HttpFunctionsTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        builder.Services.AddRoutingCore();
        builder.Services.AddMvcCore();
        builder.Logging.AddProvider(_logs);
        _app = builder.Build();
        _app.UseRouting();
        _app.MapHttpFunctions(DiscoveredFunction.In(typeof(Functions).Assembly), new HostJson());
    }

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync(TestContext.Current.CancellationToken);
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"{address}/api/") };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "things/one/two", HttpStatusCode.OK, "one two")]
    [InlineData("DELETE", "things/one", HttpStatusCode.OK, "one ")]
    [InlineData("GET", "things/one%20more/a%2Fb", HttpStatusCode.OK, "one more a%2Fb")]
    [InlineData("GET", "things", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "things/one/two/three", HttpStatusCode.NotFound, "")]
    [InlineData("POST", "onlyPost", HttpStatusCode.Accepted, "")]
    [InlineData("GET", "onlyPost", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "throws", HttpStatusCode.OK, "")]
    [InlineData("GET", "nothing", HttpStatusCode.OK, "")]
    public async Task A_route_is_matched_and_answered(string method, string path, HttpStatusCode status, string body)
    {
        using var answer = await _http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_function_that_throws_is_in_the_log_although_its_caller_sees_200()
    {
        using var answer = await _http.GetAsync(new Uri("throws", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(_logs.Errors, line => line.Text.Contains("Throws", StringComparison.Ordinal));
    }

    public sealed class Functions
    {
        [Function(nameof(Things))]
        public IResult Things([HttpTrigger(Route = "things/{first}/{second?}")] HttpRequest request, string first, string? second) =>
            Results.Text($"{first} {second}");

        [Function(nameof(OnlyPost))]
        public Task<IActionResult> OnlyPost([HttpTrigger(AuthorizationLevel.Admin, "post")] HttpRequest request, FunctionContext context) =>
            Task.FromResult<IActionResult>(new StatusCodeResult(context.GetHttpContext() == request.HttpContext ? 202 : 500));

        [Function(nameof(Throws))]
        public IResult Throws([HttpTrigger("get")] HttpRequest request)
        {
            request.HttpContext.Response.StatusCode = StatusCodes.Status418ImATeapot;
            throw new InvalidOperationException("As the test wants it.");
        }

        [Function(nameof(Nothing))]
        public Task Nothing([HttpTrigger("get")] HttpRequest request) => Task.CompletedTask;
    }
}
