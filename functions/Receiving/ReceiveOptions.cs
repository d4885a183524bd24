using System.ComponentModel.DataAnnotations;

namespace WebhookFunctions.Receiving;

/// <summary>Settings <c>Receive__…</c> that limit the receiving of webhooks.</summary>
public sealed class ReceiveOptions
{
    public const string Section = "Receive";

    /// <summary>
    /// The largest body, in bytes; a larger one is answered 413. The default value is 1 MiB: a documented event has a few KiB. Kestrel's own limit
    /// is 30,000,000 bytes.
    /// </summary>
    [Range(1, 30_000_000)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// The memory, in bytes, that all bodies may hold together beyond the first 64 KiB of each. A large body that exceeds it is answered 503. Two
    /// bodies of the maximum length always fit. The default value is 128 MiB, a sixteenth of an instance of 2 GiB.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxBufferedBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>
    /// How long the queue may take to accept an event before the sender is answered 503. The default value is 10 seconds:
    /// providers stop waiting after 15 to 30.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan EnqueueTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
