using WebhookFunctions.Messaging;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Events;

namespace WebhookFunctions.Recording;

/// <summary>
/// Recorder of the starts of an event's own work, from the third delivery of its message on. Two deliveries cost nothing: most redelivered
/// messages were only beside one that ended the process.
/// </summary>
public sealed class EventStarts(EventStore events, TimeProvider clock)
{
    private const int RecordedFrom = 3;

    /// <summary>Returns how many starts before this one did not end; 0 for the first deliveries of an event that no row says more of.</summary>
    /// <param name="found">The event's row as it was read; null if it has none.</param>
    /// <param name="delivery">Which delivery of the event's message this is.</param>
    public static int Before(EventRow? found, MessageDelivery delivery) =>
        Math.Max(found?.Starts ?? 0, delivery.DeliveryCount < RecordedFrom ? 0 : RecordedFrom - 1);

    /// <summary>
    /// Records one more start on the event's row, which is made if there is none. Returns the row; null if another delivery has changed or made it since
    /// it was read.
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
