using Amqp;
using Amqp.Framing;

namespace WebhookFunctions.Tests.Amqp;

/// <summary>
/// Helper that attaches links and waits for the answer. AMQPNetLite itself does not wait, and reports a refusal only when the link is first used.
/// </summary>
internal static class LinkAttachment
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    /// <summary>Attaches a sender.</summary>
    /// <exception cref="AmqpException">The broker refused the link.</exception>
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
            // A refusal is an attach without source and target, followed by a detach with the reason.
            if (answer.Source is not null || answer.Target is not null)
                attached.TrySetResult();
        });
        link.AddClosedCallback((_, error) => attached.TrySetException(
            new AmqpException(error ?? new Error(ErrorCode.DetachForced) { Description = "The link was closed." })));
        await attached.Task.WaitAsync(MaxWait);
        return link;
    }
}
