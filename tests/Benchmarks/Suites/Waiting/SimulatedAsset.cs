namespace Benchmarks.Suites.Waiting;

/// <summary>An asset of a simulation.</summary>
/// <param name="host">Its link's host.</param>
/// <param name="sentAt">When its first message is sent.</param>
/// <param name="duration">How long its download takes; null where the source never answers.</param>
public sealed class SimulatedAsset(string host, TimeSpan sentAt, TimeSpan? duration)
{
    public string Host { get; } = host;

    public TimeSpan SentAt { get; } = sentAt;

    public TimeSpan? Duration { get; } = duration;

    public TimeSpan? StoredAt { get; set; }

    public int Attempts { get; set; }

    public bool IsRunning { get; set; }

    /// <summary>How long it waited and was downloaded.</summary>
    public TimeSpan Delay => StoredAt!.Value - SentAt;
}
