using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Messaging;

/// <summary>Registers the senders of the queues, and the services that messages share.</summary>
public static class MessagingServices
{
    public static IServiceCollection AddMessaging(this IServiceCollection services) => services.AddSingleton<QueueSenders>().AddSingleton<SuspectGate>();
}
