using Azure.Messaging.ServiceBus;
using EmbeddedServiceBus;

namespace LocalHost.ServiceBus;

/// <summary>Calls the broker and has its errors be those of the SDK.</summary>
internal static class BrokerCall
{
    public static Task RunAsync(string entityPath, Func<Task> call) => RunAsync(
        entityPath,
        async () =>
        {
            await call();
            return true;
        });

    public static async Task<T> RunAsync<T>(string entityPath, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (BrokerException refusal)
        {
            // The core's reasons bear the SDK's names.
            throw new ServiceBusException(
                refusal.Message, Enum.Parse<ServiceBusFailureReason>(refusal.Reason.ToString()), entityPath, refusal);
        }
    }
}
