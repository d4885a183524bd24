using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Minimal broker that delivers the sent messages in the order of their scheduled times until none is left. It loses no message, and redelivers an
/// unsettled one under a new lock. The guarantees of a real broker are tested elsewhere.
/// </summary>
internal sealed class MessagePump(AssetBench bench, FakeTimeProvider clock)
{
    private readonly List<Waiting> _waiting = [];
    private int _collected;
    private long _sequenceNumbers;

    public List<Settlement.DeadLetter> DeadLetters { get; } = [];

    public void Add(AssetMessage message) => _waiting.Add(new Waiting(message, clock.GetUtcNow(), ++_sequenceNumbers, 1));

    /// <summary>Delivers the next message. If <paramref name="isLost"/> returns true, the process has crashed before it settled the message.</summary>
    public async Task<bool> DeliverAsync(Func<bool>? isLost = null)
    {
        Collect();
        if (_waiting.MinBy(waiting => waiting.At) is not { } next)
        {
            return false;
        }

        _waiting.Remove(next);
        if (next.At > clock.GetUtcNow())
        {
            clock.SetUtcNow(next.At);
        }

        var outcome = await bench.Processor.ProcessAsync(
            next.Message, new MessageDelivery(next.SequenceNumber, Guid.NewGuid().ToString(), next.Deliveries), CancellationToken.None);
        Collect();
        if (isLost?.Invoke() == true || outcome is Settlement.LeaveLocked)
        {
            _waiting.Add(next with { Deliveries = next.Deliveries + 1, At = clock.GetUtcNow() });
        }
        else if (outcome is Settlement.DeadLetter letter)
        {
            DeadLetters.Add(letter);
        }

        return true;
    }

    /// <summary>Delivers messages until none is left. Fails after <paramref name="limit"/> deliveries.</summary>
    public async Task RunAsync(int limit = 1000)
    {
        for (var i = 0; i < limit; i++)
        {
            if (!await DeliverAsync())
            {
                return;
            }
        }

        Assert.Fail($"Messages are still being sent after {limit} deliveries.");
    }

    private void Collect()
    {
        var sent = bench.Queue.Sent;
        for (; _collected < sent.Count; _collected++)
        {
            var message = AssetMessage.TryRead(ServiceBusModelFactory.ServiceBusReceivedMessage(body: sent[_collected].Body))!;
            _waiting.Add(new Waiting(message, sent[_collected].ScheduledEnqueueTime, ++_sequenceNumbers, 1));
        }
    }

    private sealed record Waiting(AssetMessage Message, DateTimeOffset At, long SequenceNumber, int Deliveries);
}
