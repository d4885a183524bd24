namespace Benchmarks.Load;

/// <summary>A run that a load process is asked for.</summary>
/// <param name="Port">The server's port on 127.0.0.1.</param>
/// <param name="ServerProcessId">The server's process, whose processor time is taken over the same span.</param>
/// <param name="Secret">With what to sign.</param>
/// <param name="Connections">How many connections there are.</param>
/// <param name="BodyBytes">The size of a body.</param>
/// <param name="Seconds">How long is measured.</param>
/// <param name="LeadSeconds">How long it runs before that.</param>
/// <param name="Ids">How many requests there may be; the run ends before its time where they do not suffice.</param>
/// <param name="Rate">
/// Requests a second, whether or not the server keeps up (open loop); null to send the next request of a connection when the one before is answered.
/// </param>
public sealed record LoadOrder(
    int Port, int ServerProcessId, string Secret, int Connections, int BodyBytes, double Seconds, double LeadSeconds, int Ids, int? Rate = null);

/// <summary>What came of a run. Latencies are in milliseconds.</summary>
/// <param name="Completed">Requests that were answered 200 within the measured time.</param>
/// <param name="Sent">All requests of the run, those before the measured time too.</param>
/// <param name="Failed">Requests that were answered something else.</param>
/// <param name="Seconds">The time that was measured.</param>
/// <param name="P50">Half of the requests were answered within this time.</param>
/// <param name="P99">99 of 100 were.</param>
/// <param name="Max">All were.</param>
/// <param name="ServerCpuSeconds">Processor time of the server.</param>
/// <param name="ServerMiB">Memory of the server at the end.</param>
/// <param name="LoadCpuSeconds">Processor time of the load: where it comes near to <paramref name="Seconds"/> and the server's does not, the load was the limit.</param>
public sealed record LoadResult(
    long Completed,
    long Sent,
    long Failed,
    double Seconds,
    double P50,
    double P99,
    double Max,
    double ServerCpuSeconds,
    double ServerMiB,
    double LoadCpuSeconds)
{
    public double PerSecond => Completed / Seconds;
}
