using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Transactions;
using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>
/// Tests that unsupported features are refused at once with an explanation, and that the .NET SDK with its default retries does not treat the refusal
/// as transient.
/// </summary>
public sealed class UnsupportedTests
{
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancellation => SdkBench.Cancellation;

    /// <summary>For each feature, a word that the refusal must contain, and the call.</summary>
    private static readonly Dictionary<string, (string Word, Func<SdkBench, Task> Use)> Calls = new()
    {
        ["the next session"] = ("session", bench => bench.Client.AcceptNextSessionAsync(SdkBench.Queue, cancellationToken: Cancellation)),
        ["a session"] = ("session", bench => bench.Client.AcceptSessionAsync(SdkBench.Queue, "session", cancellationToken: Cancellation)),
        ["a session processor"] = ("session", ProcessSessionAsync),
        ["a transaction"] = ("transaction", bench => InTransactionAsync(() => bench.SendAsync("a"))),
        ["a topic"] = ("could not be found", bench => bench.Client.CreateSender("topic").SendMessageAsync(new ServiceBusMessage("a"), Cancellation)),
        ["a subscription"] = (
            "could not be found",
            bench => bench.Client.CreateReceiver("topic", "subscription").ReceiveMessageAsync(cancellationToken: Cancellation)),
        ["a rule"] = ("could not be found", bench => bench.Client.CreateRuleManager("topic", "subscription").DeleteRuleAsync("rule", Cancellation)),
        ["a value for a body"] = ("value", bench => SendAsync(bench, AmqpMessageBody.FromValue(1))),
        ["a sequence for a body"] = ("sequence", bench => SendAsync(bench, AmqpMessageBody.FromSequence([[1, 2]]))),
        ["a batch delete"] = ("batch-delete", bench => DeleteMessagesAsync(bench.Receiver(), 10, null, Cancellation)),
    };

    public static TheoryData<string> Features { get; } = [.. Calls.Keys];

    [Theory]
    [MemberData(nameof(Features))]
    public async Task An_unsupported_feature_is_refused_at_once_with_an_explanation(string feature)
    {
        var (expectedText, use) = Calls[feature];
        await using var bench = SdkBench.Open();
        var isExplained = false;
        Exception? exception = null;
        // A busy machine may delay some of the calls, but the SDK's retries would delay all of them. On such a machine the SDK may also find the link
        // closed before it has read the reason.
        for (var attempt = 0; attempt < 5 && !isExplained; attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            exception = await Assert.ThrowsAnyAsync<Exception>(() => use(bench));
            var elapsed = Stopwatch.GetElapsedTime(started);
            isExplained = elapsed < MaxDuration && exception.Message.Contains(expectedText, StringComparison.OrdinalIgnoreCase);
            TestContext.Current.TestOutputHelper?.WriteLine($"{feature}: {elapsed.TotalMilliseconds:0} ms, {exception}");
        }

        Assert.True(isExplained, $"Not refused with the word \"{expectedText}\" within {MaxDuration}: {exception}");
        Assert.False(exception is ServiceBusException { IsTransient: true }, $"{exception}");
        // The connection and the queue still work.
        await bench.SendAsync("after");
        Assert.Equal("after", (await bench.Receiver().ReceiveOneAsync()).Body.ToString());
    }

    private static Task SendAsync(SdkBench bench, AmqpMessageBody body) =>
        bench.Sender.SendMessageAsync(new ServiceBusMessage(new AmqpAnnotatedMessage(body)), Cancellation);

    private static async Task InTransactionAsync(Func<Task> call)
    {
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        await call();
        scope.Complete();
    }

    /// <summary>Throws the first error that a session processor reports.</summary>
    private static async Task ProcessSessionAsync(SdkBench bench)
    {
        await using var processor = bench.Client.CreateSessionProcessor(SdkBench.Queue);
        var error = new TaskCompletionSource();
        processor.ProcessMessageAsync += _ => Task.CompletedTask;
        processor.ProcessErrorAsync += reported =>
        {
            error.TrySetException(reported.Exception);
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync(Cancellation);
        await error.Task.WaitAsync(Cancellation);
    }

    /// <summary>The SDK's method is not public yet.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "DeleteMessagesAsync")]
    private static extern Task<int> DeleteMessagesAsync(
        ServiceBusReceiver receiver, int messageCount, DateTimeOffset? beforeEnqueueTime, CancellationToken cancellationToken);
}
