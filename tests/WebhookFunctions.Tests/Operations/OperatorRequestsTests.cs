using System.Text;
using System.Text.Json;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.DeadLetters;
using WebhookFunctions.Operations.Queries;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Operations;

/// <summary>Tests that an operator's request is answered in time while a part hangs, with the name of the part. They use a simulated clock, so that
/// they need not wait.</summary>
public sealed class OperatorRequestsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CapturedLogs _logs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Every_exception_is_answered_503_without_its_message()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        var answer = await Requests().AnswerAsync("Test", Request(), _ => throw new InvalidOperationException("AccountKey=secret"), Cancel);
        await answer.ExecuteAsync(context);

        Assert.Equal((503, "30"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
        var body = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        Assert.Equal(["type", "title", "status", "detail", "unavailable"], JsonElement.Parse(body).EnumerateObject().Select(property => property.Name));
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.DoesNotContain(_logs.Lines, line => line.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Work_that_hangs_is_answered_503_within_ten_seconds_with_the_parts_that_hang()
    {
        var requests = Requests(Part("WebhookEvents", PartKind.Table, Forever), Part("assets", PartKind.Container), Part("webhook-events", PartKind.Queue, Forever));
        var workToken = CancellationToken.None;

        var answer = requests.AnswerAsync(
            "Test",
            Request(),
            token =>
            {
                workToken = token;
                return Task.Delay(Timeout.Infinite, CancellationToken.None).ContinueWith(_ => OperatorAnswer.NotFound, TaskScheduler.Default);
            },
            Cancel);
        _clock.Advance(OperatorTimes.Deadline - TimeSpan.FromTicks(1));
        Assert.False(answer.IsCompleted);
        _clock.Advance(TimeSpan.FromTicks(1));
        await Eventually.TrueAsync(() => Task.FromResult(workToken.IsCancellationRequested), "The cancellation of the work");
        _clock.Advance(OperatorTimes.ProbeTimeout);

        var (status, json) = Read(await answer.WaitAsync(Eventually.MaxWait, Cancel));
        Assert.True(OperatorTimes.Deadline + OperatorTimes.ProbeTimeout < TimeSpan.FromSeconds(10));
        Assert.Equal(503, status);
        Assert.Equal("Test did not end within 5.5 seconds. Unavailable: storage tables, the broker. Try again later.", json.GetProperty("detail").GetString());
        Assert.Equal(
            ["webhookEvents: No answer within 2 seconds.", "webhook-events: No answer within 2 seconds."],
            json.GetProperty("unavailable").EnumerateObject().Select(part => $"{part.Name}: {part.Value}"));
    }

    [Fact]
    public async Task A_failure_is_logged_in_one_line_with_its_innermost_reason_and_with_its_stack_at_debug()
    {
        var requests = Requests(Part("WebhookEvents", PartKind.Table, _ => throw new RequestFailedException(403, "words", "AuthorizationFailure", null)));

        var answer = await requests.AnswerAsync(
            "Test",
            Request(),
            async _ =>
            {
                await Task.Yield();
                throw new AggregateException(new RequestFailedException(0, "words", null, new TimeoutException("words")));
            },
            Cancel);

        Assert.Equal("Test failed (TimeoutException). Unavailable: storage tables. Try again later.", Read(answer).Json.GetProperty("detail").GetString());
        var line = Assert.Single(_logs.Lines, line => line.Level > LogLevel.Debug);
        Assert.Equal((LogLevel.Error, "Test failed (TimeoutException) and was answered 503; unavailable: storage tables"), (line.Level, line.Text.Trim()));
    }

    [Fact]
    public async Task A_failure_while_every_part_answers_says_so()
    {
        var answer = await Requests(Part("WebhookEvents", PartKind.Table)).AnswerAsync("Test", Request(), _ => throw new InvalidOperationException(), Cancel);

        Assert.Equal(
            "Test failed (InvalidOperationException), but storage and the broker are available. The log names the failure. Try again later.",
            Read(answer).Json.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_caller_who_disconnects_is_not_logged_above_debug()
    {
        using var caller = new CancellationTokenSource();

        var answer = Requests(Part("WebhookEvents", PartKind.Table, Forever)).AnswerAsync(
            "Test",
            Request(),
            async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return OperatorAnswer.NotFound;
            },
            caller.Token);
        await caller.CancelAsync();

        Assert.Equal(503, Read(await answer.WaitAsync(Eventually.MaxWait, Cancel)).Status);
        Assert.DoesNotContain(_logs.Lines, line => line.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_not_read()
    {
        var context = new DefaultHttpContext { Request = { Body = Stream.Null, ContentLength = 300 * 1024 } };

        var answer = await Requests().AnswerAsync<ReplayRequest>(
            "Test", context.Request, ReplayRequest.Expected, (_, _) => throw new InvalidOperationException(), Cancel);

        Assert.Equal(400, Assert.IsType<OperatorAnswer>(answer).Status);
    }

    private static HttpRequest Request() => new DefaultHttpContext().Request;

    private static AppPart Part(string name, PartKind kind, Func<CancellationToken, Task>? probe = null) => new(name, kind, probe ?? (_ => Task.CompletedTask));

    private static Task Forever(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    private static (int Status, JsonElement Json) Read(IResult answer)
    {
        var operatorAnswer = Assert.IsType<OperatorAnswer>(answer);
        return (operatorAnswer.Status, JsonElement.Parse(Encoding.UTF8.GetString(operatorAnswer.Body.Span)));
    }

    private OperatorRequests Requests(params IReadOnlyList<AppPart> parts) =>
        new(new AppParts(parts, _clock), _clock, new Logger<OperatorRequests>(new LoggerFactory([_logs], new LoggerFilterOptions { MinLevel = LogLevel.Trace })));
}
