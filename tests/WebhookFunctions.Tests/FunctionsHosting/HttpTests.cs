using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Tests that HTTP requests are routed to functions in the worker as by the Functions host.</summary>
public sealed class HttpTests(SharedSampleHost shared) : IClassFixture<SharedSampleHost>
{
    private readonly SampleHost _host = shared.Host;

    [Theory]
    [InlineData("GET", "/api/things/one/two", HttpStatusCode.OK, "one two")]
    [InlineData("DELETE", "/api/things/one", HttpStatusCode.OK, "one ")]
    [InlineData("GET", "/api/things/one%20more/a%2Fb", HttpStatusCode.OK, "one more a%2Fb")]
    [InlineData("GET", "/API/Things/one", HttpStatusCode.OK, "one ")]
    [InlineData("POST", "/api/things/one", HttpStatusCode.NotFound, "")]
    [InlineData("HEAD", "/api/things/one", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/things", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/things/one/two/three", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/things/one", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/numbers/7", HttpStatusCode.OK, "7")]
    [InlineData("GET", "/api/numbers/seven", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/choice/exact", HttpStatusCode.OK, "any")]
    [InlineData("POST", "/api/WithDefaultRoute", HttpStatusCode.Accepted, "")]
    [InlineData("GET", "/api/WithDefaultRoute", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/api/ReturnsNothing", HttpStatusCode.OK, "")]
    [InlineData("GET", "/api/Throws", HttpStatusCode.InternalServerError, "")]
    [InlineData("GET", "/api/ForMasterKey", HttpStatusCode.OK, "opened")]
    [InlineData("GET", "/", HttpStatusCode.NoContent, "")]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "")]
    public async Task A_route_is_matched_and_answered(string method, string path, HttpStatusCode status, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _host.Http.SendAsync(request, BoundedTest.Token);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync(BoundedTest.Token));
    }

    [Fact]
    public async Task A_request_reaches_the_function_as_it_was_sent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/echo/a/b%20c?x=%2F&x=2&code=a%20key")
        {
            Content = new ByteArrayContent(new byte[5]) { Headers = { { "Content-Type", "application/x-sample" } } },
        };
        request.Headers.Add("x-one", "a value");
        var echoed = await EchoAsync(request);

        Assert.Equal("PATCH", echoed.Method);
        Assert.Equal("a/b c", echoed.Rest);
        Assert.Equal("?x=%2F&x=2&code=a%20key", echoed.Query);
        Assert.Equal(5, echoed.BodyLength);
        Assert.Equal(["a value"], echoed.Headers["x-one"]);
        Assert.Equal(["application/x-sample"], echoed.Headers["Content-Type"]);
        Assert.Equal([_host.App.BaseAddress.Authority], echoed.Headers["Host"]);
    }

    [Fact]
    public async Task Repeated_headers_arrive_as_one_value()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/echo");
        request.Headers.Add("x-twice", ["a", "b"]);

        Assert.Equal(["a, b"], (await EchoAsync(request)).Headers["x-twice"]);
    }

    [Fact]
    public async Task An_invocation_id_of_the_caller_is_replaced()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/echo");
        request.Headers.Add("x-ms-invocation-id", "the caller's");

        Assert.True(Guid.TryParse(Assert.Single((await EchoAsync(request)).Headers["x-ms-invocation-id"]), out _));
    }

    [Fact]
    public async Task The_callers_trace_continues_in_the_worker()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/Traced");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        using var answer = await _host.Http.SendAsync(request, BoundedTest.Token);

        Assert.StartsWith($"00-{Trace}-", await answer.Content.ReadAsStringAsync(BoundedTest.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_overrides_host_json()
    {
        await using var host = await SampleHost.StartAsync(options => options with
        {
            Settings = new Dictionary<string, string>(options.Settings) { ["AzureFunctionsJobHost__logging__logLevel__default"] = "Error" },
        });

        Assert.Equal("one ", await host.GetTextAsync("/api/things/one"));
        Assert.Equal("one ", await _host.GetTextAsync("/api/things/one"));

        await _host.LoggedAsync(line => line.Category == "Function.Things", "The log line of an invocation");
        Assert.DoesNotContain(host.Logs.Lines, line => line.Category == "Function.Things");
    }

    [Theory]
    [InlineData(SharedSampleHost.BodyLimit, false)]
    // The limit includes the framing of the chunks.
    [InlineData(SharedSampleHost.BodyLimit - 100, true)]
    [InlineData(0, true)]
    public async Task A_body_up_to_the_limit_reaches_the_function(int length, bool chunked)
    {
        using var request = Posting(length, chunked);

        Assert.Equal(length, (await EchoAsync(request)).BodyLength);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_above_the_limit_is_answered_500_by_the_host(bool chunked)
    {
        using var request = Posting(SharedSampleHost.BodyLimit + 1, chunked);
        using var answer = await _host.Http.SendAsync(request, BoundedTest.Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync(BoundedTest.Token));
    }

    [Fact]
    public async Task An_incomplete_body_starts_no_function()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, _host.App.BaseAddress.Port, BoundedTest.Token);
            var head = "POST /api/echo/broken-off HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nsome of it";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), BoundedTest.Token);
        }

        await _host.LoggedAsync(
            line => line.Text.Contains("The body of a request for Echo cannot be read", StringComparison.Ordinal), "The log of an incomplete body");
    }

    [Fact]
    public async Task A_caller_that_disconnects_cancels_the_function()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(BoundedTest.Token);
        var request = _host.Http.GetAsync(new Uri("/api/Waits", UriKind.Relative), cancellation.Token);
        await _host.LoggedAsync(line => line.Text.Contains("Waits began", StringComparison.Ordinal), "The start of the function");

        await cancellation.CancelAsync();

        await _host.LoggedAsync(line => line.Text.Contains("Waits was cancelled", StringComparison.Ordinal), "The cancellation of the function");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Fact]
    public async Task The_exception_of_a_function_is_logged()
    {
        using var answer = await _host.Http.GetAsync(new Uri("/api/Throws", UriKind.Relative), BoundedTest.Token);

        Assert.Contains(
            _host.Logs.Errors,
            line => line.Category == "Function.Throws" && line.Text.Contains("As the test asked for.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Logs", LogLevel.Information, true)]
    [InlineData("Logs", LogLevel.Debug, false)]
    [InlineData("Quiet", LogLevel.Warning, false)]
    [InlineData("Quiet", LogLevel.Error, true)]
    public async Task The_apps_log_appears_at_the_levels_of_host_json(string function, LogLevel level, bool appears)
    {
        var text = $"{function} at {level}";
        using var answer = await _host.Http.PostAsync(new Uri($"/api/{function}?level={level}&text={text}", UriKind.Relative), content: null, BoundedTest.Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            appears, _host.Logs.Lines.Any(line => line.Category == $"Function.{function}.User" && line.Level == level && line.Text.StartsWith(text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_apps_console_output_appears_in_the_hosts_console_log()
    {
        using var answer = await _host.Http.PostAsync(new Uri("/api/Prints?text=printed", UriKind.Relative), content: null, BoundedTest.Token);

        await _host.LoggedAsync(line => line.Category == "Host.Function.Console" && line.Text.Contains("printed", StringComparison.Ordinal), "The printed line");
    }

    [Fact]
    public void A_log_line_of_the_app_outside_of_invocations_keeps_its_category() =>
        Assert.Contains(_host.Logs.Lines, line => line.Category == "SampleApp" && line.Text.Contains("The app starts", StringComparison.Ordinal));

    [Theory]
    [InlineData("SAMPLE_SETTING", "a value")]
    [InlineData("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated")]
    [InlineData("SAMPLE_STRAY", "(none)")]
    public async Task The_worker_has_the_settings_and_no_other_variables(string name, string value) =>
        Assert.Equal(value, await _host.GetTextAsync($"/api/Variable?name={name}"));

    [Fact]
    public async Task The_worker_reports_its_version_and_runtime()
    {
        var worker = await _host.App.GetWorkerAsync(BoundedTest.Token);

        Assert.Equal("2.52.0.0", worker.Version);
        Assert.StartsWith(".NET 10", worker.Runtime, StringComparison.Ordinal);
    }

    private static HttpRequestMessage Posting(int length, bool chunked)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/echo") { Content = new ByteArrayContent(new byte[length]) };
        request.Headers.TransferEncodingChunked = chunked;
        return request;
    }

    private async Task<Echoed> EchoAsync(HttpRequestMessage request)
    {
        using var answer = await _host.Http.SendAsync(request, BoundedTest.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<Echoed>(BoundedTest.Token))!;
    }

    private sealed record Echoed(string Method, string? Rest, string? Query, Dictionary<string, string[]> Headers, long BodyLength);
}
