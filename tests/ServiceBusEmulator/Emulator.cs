using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using LocalHost.ServiceBus;

namespace ServiceBusEmulator;

/// <summary>The broker with the app's queues, behind AMQP, until it is stopped.</summary>
internal static class Emulator
{
    public const int DefaultPort = AmqpListenerOptions.DefaultPort;

    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(int port, string? directory, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            await using var broker = EmbeddedBroker.Open(new BrokerOptions { DataDirectory = directory, Queues = QueueDefinitions.All });
            await using var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = port });
            await output.WriteLineAsync($"Queues: {string.Join(", ", broker.Queues.Select(queue => queue.Name))}");
            await output.WriteLineAsync($"Messages: {directory ?? "in memory, gone with this process (--data DIR keeps them)"}");
            await output.WriteLineAsync($"Ready: {listener.ConnectionString}");
            await output.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopped by Ctrl+C or SIGTERM.
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(failure.Message);
            return 1;
        }

        return 0;
    }
}
