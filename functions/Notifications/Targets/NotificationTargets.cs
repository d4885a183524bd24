using Azure.Messaging.EventGrid;
using WebhookFunctions.Messaging;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Notifications.Targets;

/// <summary>Targets that are on, by name.</summary>
public sealed class NotificationTargets
{
    private readonly Dictionary<string, INotificationTarget> _targets;

    /// <param name="settings">The settings.</param>
    /// <param name="http">The guarded HTTP client.</param>
    /// <param name="senders">The senders of the queues.</param>
    /// <param name="topic">Creates the client of the Event Grid topic; used only if one is configured.</param>
    /// <param name="clock">The clock.</param>
    public NotificationTargets(
        NotifySettings settings, OutboundHttp http, QueueSenders senders, Lazy<EventGridPublisherClient> topic, TimeProvider clock)
    {
        List<INotificationTarget> targets =
            [.. settings.Webhooks.Select(webhook => new WebhookTarget(webhook.Key, webhook.Value, settings.Keys!, settings.AllowsPrivate, http, clock))];
        if (settings.EventGrid is not null)
        {
            targets.Add(new EventGridTarget(topic.Value));
        }

        if (settings.SendsToQueue)
        {
            targets.Add(new QueueTarget(senders));
        }

        _targets = targets.ToDictionary(target => target.Name, StringComparer.Ordinal);
    }

    /// <summary>Every target that is on.</summary>
    public IReadOnlyCollection<INotificationTarget> All => _targets.Values;

    /// <summary>Returns the target with that name; null if it is not on.</summary>
    public INotificationTarget? Find(string name) => _targets.GetValueOrDefault(name);
}
