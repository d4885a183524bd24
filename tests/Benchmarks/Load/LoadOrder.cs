namespace Benchmarks.Load;

/// <summary>Request to a <see cref="LoadProcess"/> for one run.</summary>
/// <param name="Port">The server's port on 127.0.0.1.</param>
/// <param name="ServerProcessId">The server's process, whose processor time is measured over the same interval.</param>
/// <param name="Secret">The secret that signs the webhooks.</param>
/// <param name="Connections">The number of connections.</param>
/// <param name="BodyBytes">The size of a body, in bytes.</param>
/// <param name="Seconds">The duration of the measurement.</param>
/// <param name="LeadSeconds">The duration of the load before the measurement starts.</param>
/// <param name="Ids">The maximum number of requests. The run ends early when they are used up.</param>
/// <param name="Rate">
/// Requests a second, whether or not the server keeps up (open loop). If null, a connection sends its next request when the previous one is answered.
/// </param>
public sealed record LoadOrder(
    int Port, int ServerProcessId, string Secret, int Connections, int BodyBytes, double Seconds, double LeadSeconds, int Ids, int? Rate = null);

/// <summary>Measurements of a run. Latencies are in milliseconds.</summary>
/// <param name="Completed">Requests that were answered 200 during the measurement.</param>
/// <param name="Sent">All requests of the run, including those before the measurement.</param>
/// <param name="Failed">Requests of the run that were answered something other than 200.</param>
/// <param name="Seconds">The duration of the measurement.</param>
/// <param name="P50">The median latency.</param>
/// <param name="P99">The 99th percentile of the latencies.</param>
/// <param name="Max">The maximum latency.</param>
/// <param name="ServerCpuSeconds">The server's processor time during the measurement.</param>
/// <param name="ServerMiB">The server's working set at the end.</param>
/// <param name="LoadCpuSeconds">
/// The load generator's processor time during the measurement. If it is near <paramref name="Seconds"/> and the server's is not, the load generator
/// was the bottleneck.
/// </param>
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
