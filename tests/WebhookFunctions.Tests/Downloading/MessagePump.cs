using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Delivers what was sent, in the order of its time, until nothing is left. A broker's promises are tested on a broker. This is the least that shows
/// where messages lead: none is lost, and an unsettled one is redelivered under a new lock.
/// </summary>
internal sealed class MessagePump(AssetBench bench, FakeTimeProvider clock)
{
    private readonly List<Waiting> _waiting = [];
    private int _taken;
    private long _sequenceNumbers;

    public List<Settlement.DeadLetter> DeadLetters { get; } = [];

    public void Add(AssetMessage message) => _waiting.Add(new Waiting(message, clock.GetUtcNow(), ++_sequenceNumbers, 1));

    /// <summary>Delivers the next message. With <paramref name="isLost"/>, the process dies before it settles it.</summary>
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

    /// <summary>Delivers until nothing is left, or so many times.</summary>
    public async Task RunAsync(int limit = 1000)
    {
        for (var i = 0; i < limit; i++)
        {
            if (!await DeliverAsync())
            {
                return;
            }
        }

        Assert.Fail("The messages do not come to an end.");
    }

    private void Collect()
    {
        var sent = bench.Queue.Sent;
        for (; _taken < sent.Count; _taken++)
        {
            var message = AssetMessage.TryRead(ServiceBusModelFactory.ServiceBusReceivedMessage(body: sent[_taken].Body))!;
            _waiting.Add(new Waiting(message, sent[_taken].ScheduledEnqueueTime, ++_sequenceNumbers, 1));
        }
    }

    private sealed record Waiting(AssetMessage Message, DateTimeOffset At, long SequenceNumber, int Deliveries);
}
