using System.Diagnostics;
using System.Threading.Channels;

namespace Benchmarks.Load;

/// <summary>Pacer that sends requests at a fixed rate, whether or not the server keeps up.</summary>
/// <remarks>
/// A request's latency counts from the instant at which it was due, even if its connection was still busy then. Otherwise a server that stalls for a
/// second would get one request in that second, and look fast.
/// </remarks>
public static class OpenLoop
{
    /// <summary>Starts to send.</summary>
    /// <param name="connections">The connections, which take turns.</param>
    /// <param name="rate">Requests a second, over all connections.</param>
    /// <param name="sendAsync">Sends one request that was due at the given timestamp; false when there is nothing more to send.</param>
    /// <param name="isEnding">Returns whether to stop.</param>
    /// <returns>A task that completes when every request that was due has been answered.</returns>
    public static Task Start(
        IReadOnlyList<WebhookConnection> connections, int rate, Func<WebhookConnection, long, Task<bool>> sendAsync, Func<bool> isEnding)
    {
        // The sends run on the pacer's own thread, which nothing else uses.
        var options = new UnboundedChannelOptions { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = true };
        Channel<long>[] due = [.. connections.Select(_ => Channel.CreateUnbounded<long>(options))];
        var senders = connections.Zip(due, (connection, times) => SendAllAsync(connection, times.Reader, sendAsync));
        var all = Task.WhenAll(senders.ToArray());
        new Thread(() => Pace(due, rate, () => isEnding() || all.IsCompleted)) { IsBackground = true, Name = "pacer" }.Start();
        return all;
    }

    private static async Task SendAllAsync(WebhookConnection connection, ChannelReader<long> times, Func<WebhookConnection, long, Task<bool>> sendAsync)
    {
        await foreach (var due in times.ReadAllAsync())
        {
            if (!await sendAsync(connection, due))
            {
                return;
            }
        }
    }

    // Spins, because timers are coarser than the latencies that are measured. The core has nothing else to do.
    private static void Pace(Channel<long>[] connections, int rate, Func<bool> isEnding)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0L; !isEnding(); i++)
        {
            var due = started + i * Stopwatch.Frequency / rate;
            while (Stopwatch.GetTimestamp() < due)
            {
                Thread.Yield();
            }

            connections[i % connections.Length].Writer.TryWrite(due);
        }

        foreach (var connection in connections)
        {
            connection.Writer.Complete();
        }
    }
}
