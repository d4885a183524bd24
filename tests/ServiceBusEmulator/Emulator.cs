using System.Net;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Management;

namespace ServiceBusEmulator;

/// <summary>The emulator's run: a broker served over AMQP and management over HTTP, until it is stopped.</summary>
internal static class Emulator
{
    /// <param name="read">Reads what to start with.</param>
    /// <param name="output">Takes what was started, and last a line <c>Ready: {connection string}</c>.</param>
    /// <param name="errors">Takes warnings, and why it could not start.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(Func<EmulatorOptions> read, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            var options = read();
            await using var broker = EmbeddedBroker.Open(new BrokerOptions { DataDirectory = options.Directory, Queues = options.Queues });
            await using var listener = AmqpListener.Open(new AmqpListenerOptions { Broker = broker, Port = options.Port, Address = options.Address });
            await using var management = await ManagementListener.OpenAsync(
                new ManagementListenerOptions { Broker = broker, Port = options.ManagementPort, Address = options.Address }, cancellationToken);
            if (options.Address is { } address && !IPAddress.IsLoopback(address))
            {
                await errors.WriteLineAsync(
                    $"Warning: listening on {address}. Anyone who reaches it can read and write every message: the key is no secret, and nothing is encrypted.");
            }

            await output.WriteLineAsync($"Queues: {string.Join(", ", broker.Queues.Select(queue => queue.Name))}");
            await output.WriteLineAsync($"Messages: {options.Directory ?? "in memory, gone with this process (--data DIR keeps them)"}");
            await output.WriteLineAsync($"Management: http://localhost:{management.Port} (GET /health, counts of queues)");
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
