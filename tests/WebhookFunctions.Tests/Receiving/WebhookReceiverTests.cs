using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Receiving;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Receiving;

/// <summary>Tests that any failure before a webhook is enqueued is answered 503, so that the sender sends again, and never 200.</summary>
public sealed class WebhookReceiverTests
{
    // Contained in every exception and body. It must not appear in any log.
    private const string Content = "c0ntent-of-a-webhook";

    public static TheoryData<string, Func<Exception>> Failures => new()
    {
        { nameof(OutOfMemoryException), () => OutOfMemory(Content) },
        { nameof(InvalidOperationException), () => new InvalidOperationException(Content) },
        { nameof(FormatException), () => new FormatException(Content, new ArgumentException(Content)) },
        { nameof(TaskCanceledException), () => new TaskCanceledException(Content) },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_verifier_that_throws_is_answered_503_logged_by_type_and_counted(string type, Func<Exception> make)
    {
        await using var bench = new ReceiverBench((_, _) => throw make());

        await AssertUnavailableAsync(bench, await bench.PostAsync($$"""{"a":"{{Content}}"}""", Cancel), "Failed");

        Assert.Contains(bench.Logs.Errors, line => line.Text.Contains(type, StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Logs.Lines, line => line.Text.Contains(Content, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_verifier_that_fails_asynchronously_is_answered_503()
    {
        await using var bench = new ReceiverBench(async (_, _) =>
        {
            await Task.Yield();
            throw new InvalidDataException(Content);
        });

        await AssertUnavailableAsync(bench, await bench.PostAsync("{}", Cancel), "Failed");
    }

    [Fact]
    public async Task A_sender_that_disconnects_while_keys_are_fetched_is_not_an_error_of_the_app()
    {
        using var hangUp = new CancellationTokenSource();
        var sending = new TaskCompletionSource();
        await using var bench = new ReceiverBench(async (_, cancellationToken) =>
        {
            sending.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return Verdict.Rejected(RejectionReason.UnknownKey);
        });

        var answer = bench.PostAsync("{}", hangUp.Token);
        await sending.Task.WaitAsync(Cancel);
        await hangUp.CancelAsync();

        await AssertUnavailableAsync(bench, await answer.WaitAsync(Cancel), "Cancelled");
        Assert.Empty(bench.Logs.Errors);
    }

    [Fact]
    public async Task A_body_that_cannot_be_allocated_is_answered_503()
    {
        await using var bench = new ReceiverBench();

        await AssertUnavailableAsync(bench, await bench.PostAsync(ReceiverBench.Request(new FailingReader(OutOfMemory(Content))), Cancel), "NoMemory");
        Assert.DoesNotContain(bench.Logs.Lines, line => line.Text.Contains(Content, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_for_an_unexpected_reason_is_answered_503()
    {
        await using var bench = new ReceiverBench();

        await AssertUnavailableAsync(bench, await bench.PostAsync(ReceiverBench.Request(new FailingReader(new NotSupportedException(Content))), Cancel), "Failed");
        Assert.Equal(0, bench.Memory.Reserved);
    }

    [Fact]
    public async Task A_failure_that_cannot_even_be_logged_is_answered_503()
    {
        await using var bench = new ReceiverBench((_, _) => throw new InvalidOperationException(Content));
        bench.Logs.BeforeEach = _ => throw OutOfMemory(Content);

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, Assert.IsType<ReceiveAnswer>(await bench.PostAsync("{}", Cancel)).Status);
        Assert.Empty(bench.Sent);
    }

    [Fact]
    public async Task While_other_bodies_use_all_memory_a_large_one_is_answered_503_and_a_small_one_is_accepted()
    {
        await using var bench = new ReceiverBench(settings: [("Receive__MaxBodyBytes", "131072"), ("Receive__MaxBufferedBytes", "1")]);
        var large = new byte[100_000];
        large.AsSpan().Fill((byte)' ');
        var held = new List<(Pipe Pipe, Task<IResult> Answer)>();
        for (var i = 0; i < 2; i++)
        {
            // The body arrives except for its end.
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            await pipe.Writer.WriteAsync(large, Cancel);
            held.Add((pipe, bench.PostAsync(ReceiverBench.Request(pipe.Reader), Cancel)));
        }

        Assert.Equal(2 * 131_072, bench.Memory.Reserved);
        await AssertUnavailableAsync(
            bench, await bench.PostAsync(ReceiverBench.Request(PipeReader.Create(new MemoryStream(large))), Cancel), "NoMemory");
        Assert.Equal(StatusCodes.Status200OK, Assert.IsType<ReceiveAnswer>(await bench.PostAsync("{}", Cancel)).Status);

        foreach (var (pipe, answer) in held)
        {
            await pipe.Writer.WriteAsync("{}"u8.ToArray(), Cancel);
            await pipe.Writer.CompleteAsync();
            Assert.Equal(StatusCodes.Status200OK, Assert.IsType<ReceiveAnswer>(await answer.WaitAsync(Cancel)).Status);
        }

        Assert.Equal(0, bench.Memory.Reserved);
        Assert.Equal(StatusCodes.Status200OK, Assert.IsType<ReceiveAnswer>(
            await bench.PostAsync(new string(' ', 100_000) + "{}", Cancel)).Status);
    }

    [Fact]
    public async Task The_body_of_a_send_that_timed_out_stays_unchanged()
    {
        await using var bench = new ReceiverBench(settings: [("Receive__EnqueueTimeout", "00:00:01")]);
        BinaryData? given = null;
        bench.Sender.BeforeSend = cancellationToken => Task.Delay(Timeout.Infinite, cancellationToken);
        bench.Sender.OnSend = message => given ??= message.Body;

        Assert.Equal(
            StatusCodes.Status503ServiceUnavailable, Assert.IsType<ReceiveAnswer>(await bench.PostAsync("""{"given":"up"}""", Cancel)).Status);
        bench.Sender.BeforeSend = _ => Task.CompletedTask;
        for (var i = 0; i < 100; i++)
        {
            await bench.PostAsync("""{"some":"other"}""", Cancel);
        }

        Assert.Equal("""{"given":"up"}""", given?.ToString());
    }

    [Theory]
    [InlineData("?token=0123456789abcdef", 200)]
    [InlineData("?token=another-token-of-it", 200)]
    [InlineData("?code=x&token=0123456789abcdef", 200)]
    [InlineData(null, 400)]
    [InlineData("?token=", 400)]
    [InlineData("?token", 400)]
    [InlineData("?token=0123456789abcdeF", 400)]
    [InlineData("?token=0123456789abcdef%20", 400)]
    [InlineData("?token=0123456789abcdef&token=0123456789abcdef", 400)]
    [InlineData("?token=0123456789abcdef,0123456789abcdef", 400)]
    [InlineData("?x=0123456789abcdef", 400)]
    public async Task If_tokens_are_set_the_URL_must_have_one(string? query, int status)
    {
        var tokens = UrlTokens.Read(TestSettings.Create(("T", "0123456789abcdef another-token-of-it")), "T");
        var verified = 0;
        await using var bench = new ReceiverBench((_, _) =>
        {
            verified++;
            return ValueTask.FromResult(Verdict.GenuineBySharedKey(SignatureCoverage.EventIdOnly));
        }, tokens);

        Assert.Equal(status, Assert.IsType<ReceiveAnswer>(await bench.PostAsync("{}", query, Cancel)).Status);

        // Without a token the signature is not even verified.
        Assert.Equal(status == 200 ? 1 : 0, verified);
        Assert.Equal(status == 200, bench.Sent.SingleOrDefault()?.ApplicationProperties[MessageProperties.Token] is true);
        Assert.Equal(
            status == 400, bench.Measured.All.Any(measured => measured.ToString().EndsWith("reason=WrongToken", StringComparison.Ordinal)));
        Assert.DoesNotContain(bench.Logs.Lines, line => line.Text.Contains("0123456789abcde", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task If_no_token_is_set_one_in_the_URL_is_ignored()
    {
        await using var bench = new ReceiverBench();

        Assert.Equal(StatusCodes.Status200OK, Assert.IsType<ReceiveAnswer>(await bench.PostAsync("{}", "?token=0123456789abcdef", Cancel)).Status);
        Assert.DoesNotContain(MessageProperties.Token, Assert.Single(bench.Sent).ApplicationProperties.Keys);
    }

    [Fact]
    public async Task While_a_providers_keys_are_unavailable_its_webhooks_are_answered_503()
    {
        await using var bench = new ReceiverBench((_, _) => ValueTask.FromResult(Verdict.Rejected(RejectionReason.KeysUnavailable)));

        await AssertUnavailableAsync(bench, await bench.PostAsync("{}", Cancel), nameof(RejectionReason.KeysUnavailable));
    }

#pragma warning disable CA2201 // The test needs the runtime's own exception type.
    private static OutOfMemoryException OutOfMemory(string message) => new(message);
#pragma warning restore CA2201

    private static async Task AssertUnavailableAsync(ReceiverBench bench, IResult answer, string reason)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await answer.ExecuteAsync(context);
        await context.Response.BodyWriter.FlushAsync(Cancel);

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, context.Response.StatusCode);
        Assert.Equal("30", context.Response.Headers.RetryAfter);
        Assert.Equal("""{"error":"Try again later."}""", System.Text.Encoding.UTF8.GetString(body.ToArray()));
        Assert.Equal(
            $"webhooks.rejected {{webhook}} 1 provider={ReceiverBench.Provider} reason={reason}",
            Assert.Single(bench.Measured.All, measured => measured.Instrument.Name == "webhooks.rejected").ToString());
        Assert.Empty(bench.Sent);
    }

    /// <summary>Body whose read throws an exception.</summary>
    private sealed class FailingReader(Exception exception) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => throw exception;

        public override bool TryRead(out ReadResult result) => throw exception;

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    /// <summary>Gets bodies that are not strict JSON.</summary>
    public static TheoryData<string> Malformed { get; } = new()
    {
        "", "nonsense", "[]", "null", "17", "{", "{\"a\":1}}", "{\"a\":NaN}", "{\"a\":1,\"a\":2}", "{\"a\":\"b\nc\"}", "{'a':1}", "{\"a\":1,}", "{\"a\":Infinity}", "{a:1}", "\ufeff\ufeff{}",
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_signed_body_that_is_not_JSON_is_enqueued_as_received(string body)
    {
        await using var bench = new ReceiverBench();

        Assert.Equal(StatusCodes.Status200OK, Assert.IsType<ReceiveAnswer>(await bench.PostAsync(body, Cancel)).Status);

        Assert.Equal(body, Assert.Single(bench.Sent).Body.ToString());
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task An_unsigned_body_that_is_not_JSON_is_rejected(string body)
    {
        await using var bench = new ReceiverBench((_, _) => ValueTask.FromResult(Verdict.GenuineBySharedKey(SignatureCoverage.SenderOnly)));

        Assert.Equal(StatusCodes.Status400BadRequest, Assert.IsType<ReceiveAnswer>(await bench.PostAsync(body, Cancel)).Status);

        Assert.Empty(bench.Sent);
    }

    [Theory]
    [InlineData("testing")]
    [InlineData("Testing")]
    [InlineData("TESTING")]
    public async Task A_providers_route_is_matched_in_any_letter_case(string name)
    {
        await using var bench = new ReceiverBench();

        Assert.Equal(StatusCodes.Status200OK, Assert.IsType<ReceiveAnswer>(await bench.PostToAsync(name, "{}", Cancel)).Status);

        Assert.Equal("testing", Assert.Single(bench.Sent).ApplicationProperties[MessageProperties.Provider]);
    }
}
