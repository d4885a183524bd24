using Azure.Messaging.ServiceBus;

namespace WebhookFunctions.Tests.Amqp.DotNetSdk;

/// <summary>Extension methods for the SDK's receivers.</summary>
internal static class SdkReceiving
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    /// <summary>Receives <paramref name="count"/> messages, in as many calls as necessary. The time limit of the test bounds the wait.</summary>
    public static async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveAsync(this ServiceBusReceiver receiver, int count)
    {
        var messages = new List<ServiceBusReceivedMessage>();
        while (messages.Count < count)
            messages.AddRange(await receiver.ReceiveMessagesAsync(count - messages.Count, MaxWait, SdkBench.Cancellation));
        return messages;
    }

    public static async Task<ServiceBusReceivedMessage> ReceiveOneAsync(this ServiceBusReceiver receiver) =>
        Assert.Single(await receiver.ReceiveAsync(1));

    /// <summary>Asserts that no message arrives at once.</summary>
    public static async Task AssertNothingAsync(this ServiceBusReceiver receiver) =>
        Assert.Null(await receiver.ReceiveMessageAsync(SdkBench.ShortWait, SdkBench.Cancellation));

    public static async Task AssertRefusedAsync(ServiceBusFailureReason reason, Func<Task> call) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<ServiceBusException>(call)).Reason);
}
