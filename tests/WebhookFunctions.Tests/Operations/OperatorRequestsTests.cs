using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Operations;
using WebhookFunctions.Operations.DeadLetters;

namespace WebhookFunctions.Tests.Operations;

public sealed class OperatorRequestsTests
{
    private readonly OperatorRequests _requests = new(NullLogger<OperatorRequests>.Instance);

    [Fact]
    public async Task Whatever_is_thrown_is_answered_503_without_a_word_of_it()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        var answer = await _requests.AnswerAsync("Test", () => throw new InvalidOperationException("AccountKey=secret"));
        await answer.ExecuteAsync(context);

        Assert.Equal((503, "30"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
        var body = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        Assert.Equal(["error"], JsonElement.Parse(body).EnumerateObject().Select(property => property.Name));
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_fails_later_is_answered_503_too()
    {
        var answer = await _requests.AnswerAsync("Test", async () =>
        {
            await Task.Yield();
            throw new TimeoutException();
        });

        Assert.Same(OperatorAnswer.Unavailable, answer);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_not_read()
    {
        var context = new DefaultHttpContext { Request = { Body = Stream.Null, ContentLength = 300 * 1024 } };

        var answer = await _requests.AnswerAsync<ReplayRequest>(
            "Test", context.Request, ReplayRequest.Expected, _ => throw new InvalidOperationException(), TestContext.Current.CancellationToken);

        Assert.Equal(400, Assert.IsType<OperatorAnswer>(answer).Status);
    }
}
