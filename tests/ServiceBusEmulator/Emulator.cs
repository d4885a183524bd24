using System.Net;
using EmbeddedServiceBus;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Management;

namespace ServiceBusEmulator;

/// <summary>Runner that serves a broker over AMQP, and its management over HTTP, until it is cancelled.</summary>
internal static class Emulator
{
    /// <summary>Runs the emulator.</summary>
    /// <param name="read">Reads the options.</param>
    /// <param name="output">Receives the queues and addresses, and last a line <c>Ready: {connection string}</c>.</param>
    /// <param name="errors">Receives warnings, and the reason if the emulator cannot start.</param>
    /// <param name="cancellationToken">Stops the emulator.</param>
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
                    $"Warning: listening on {address}. Anyone who can reach it can read and write every message: the key is public, and nothing is encrypted.");
            }

            await output.WriteLineAsync($"Queues: {string.Join(", ", broker.Queues.Select(queue => queue.Name))}");
            await output.WriteLineAsync($"Messages: {options.Directory ?? "in memory, lost when this process ends (--data DIR stores them)"}");
            await output.WriteLineAsync($"Management: http://localhost:{management.Port} (GET /health, counts of queues)");
            await output.WriteLineAsync($"Ready: {listener.ConnectionString}");
            await output.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopped by Ctrl+C or SIGTERM.
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(exception.Message);
            return 1;
        }

        return 0;
    }
}
