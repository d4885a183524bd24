using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>
/// Recorder of the starts of an event's own work, from the third delivery of its message on. The first two deliveries cost no write, because most
/// redelivered messages only shared a process with the one that crashed it.
/// </summary>
public sealed class EventStarts(EventStore events, TimeProvider clock)
{
    private const int RecordedFrom = 3;

    /// <summary>Returns how many earlier starts did not end; 0 for the first two deliveries if the row counts none.</summary>
    /// <param name="found">The event's row as it was read; null if it has none.</param>
    /// <param name="delivery">Which delivery of the event's message this is.</param>
    public static int Before(EventRow? found, MessageDelivery delivery) =>
        Math.Max(found?.Starts ?? 0, delivery.DeliveryCount < RecordedFrom ? 0 : RecordedFrom - 1);

    /// <summary>
    /// Records another start on the event's row, and creates the row if there is none. Returns the row, or null if another delivery changed or
    /// created it since it was read.
    /// </summary>
    public async Task<EventRow?> TryRecordAsync(EventMessage message, EventRow? found, int before, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = (found ?? EventFailure.Uninterpreted(message, now)).WithStarts(before + 1);
        var result = found is null
            ? await events.InsertAsync(row, [], cancellationToken)
            : await events.UpdateAsync(row, cancellationToken);
        return result == WriteResult.Written ? row : null;
    }
}
