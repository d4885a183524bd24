namespace Benchmarks.Suites.Waiting;

/// <summary>Asset in a simulation.</summary>
/// <param name="host">The host of its link.</param>
/// <param name="sentAt">The simulated time at which its first message is sent.</param>
/// <param name="duration">The duration of its download; null if the source never answers.</param>
public sealed class SimulatedAsset(string host, TimeSpan sentAt, TimeSpan? duration)
{
    public string Host { get; } = host;

    public TimeSpan SentAt { get; } = sentAt;

    public TimeSpan? Duration { get; } = duration;

    public TimeSpan? StoredAt { get; set; }

    public int Attempts { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>Gets the time from its first message until it was stored.</summary>
    public TimeSpan Delay => StoredAt!.Value - SentAt;
}
