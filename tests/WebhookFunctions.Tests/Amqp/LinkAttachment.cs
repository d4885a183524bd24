using Amqp;
using Amqp.Framing;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>Attaches links and waits for the answer. AMQPNetLite itself does not wait, and reports a refusal on the link's first use.</summary>
internal static class LinkAttachment
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <exception cref="AmqpException">The broker refused.</exception>
    public static Task<SenderLink> SenderAsync(Session session, string address) =>
        AttachAsync(onAttached => new SenderLink(
            session,
            $"sender-{Guid.NewGuid()}",
            new Attach { Target = new Target { Address = address }, Source = new Source() },
            onAttached));

    /// <inheritdoc cref="SenderAsync"/>
    public static Task<ReceiverLink> ReceiverAsync(Session session, Attach attach) =>
        AttachAsync(onAttached => new ReceiverLink(session, $"receiver-{Guid.NewGuid()}", attach, onAttached));

    private static async Task<T> AttachAsync<T>(Func<OnAttached, T> create)
        where T : Link
    {
        var attached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var link = create((_, answer) =>
        {
            // A refusal is an attach without either, and then a detach that says why.
            if (answer.Source is not null || answer.Target is not null)
                attached.TrySetResult();
        });
        link.AddClosedCallback((_, error) => attached.TrySetException(
            new AmqpException(error ?? new Error(ErrorCode.DetachForced) { Description = "The link was closed." })));
        await attached.Task.WaitAsync(LongestWait);
        return link;
    }
}
