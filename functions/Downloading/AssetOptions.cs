using System.ComponentModel.DataAnnotations;
using System.Numerics;

namespace WebhookFunctions.Downloading;

/// <summary>Settings <c>Assets__…</c> that limit what is downloaded, and how many downloads run at once.</summary>
public sealed class AssetOptions : IValidatableObject
{
    public const string Section = "Assets";

    // A block blob holds 50,000 blocks. Each interrupted attempt leaves one that is not full, so only 40,000 full blocks are assumed.
    private const long FullBlocks = 40_000;

    /// <summary>
    /// The largest asset, in bytes. The default value is 5 GiB: several times the longest video that the providers make today. At most 40,000 times
    /// <see cref="BlockBytes"/>, and at most 64 GiB. A blob whose blocks came from several processes is read back whole within
    /// <see cref="RunTime"/>, which at 45 MiB/s allows 64 GiB.
    /// </summary>
    [Range(1, 64L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 5L * 1024 * 1024 * 1024;

    /// <summary>
    /// The maximum number of concurrent downloads in one instance. The default value is 16. With the defaults below, all downloads together take 16
    /// × (4 + 1) × 4 MiB = 320 MiB of an instance's 2 GiB, whatever the assets' sizes. The formula is <c>MaxDownloads × (BlocksInFlight + 1) ×
    /// BlockBytes</c>, with the block rounded up to a power of two, as its buffer is. The app refuses values whose product exceeds the memory that
    /// the process may use.
    /// </summary>
    [Range(1, 1024)]
    public int MaxDownloads { get; set; } = 16;

    /// <summary>
    /// The maximum number of concurrent downloads from one host. The default is half of <see cref="MaxDownloads"/>, so that a slow host with many
    /// assets leaves half of the slots to the others.
    /// </summary>
    [Range(1, 1024)]
    public int? MaxDownloadsPerHost { get; set; }

    /// <summary>
    /// The size of a block, in bytes. The default value is 4 MiB. From this size on, Blob Storage gives one blob its full throughput, and a killed
    /// process loses little unstaged data.
    /// </summary>
    [Range(64 * 1024, 100 * 1024 * 1024)]
    public int BlockBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The maximum number of blocks of one download that are being staged while the next one is read. The default value is 4.</summary>
    [Range(1, 32)]
    public int BlocksInFlight { get; set; } = 4;

    /// <summary>How long a source may take to answer, over all redirects. The default value is one minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a source may send nothing. The default value is one minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The minimum rate of a source, in bytes a second, over each <see cref="RateWindow"/> that was spent waiting for it; 0 for none. The default
    /// value is 16 KiB/s. Without a minimum, a source that sends a byte now and then would hold its slot for hours.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int MinBytesPerSecond { get; set; } = 16 * 1024;

    /// <summary>The time over which <see cref="MinBytesPerSecond"/> is measured. The default value is 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one message is worked on before the download continues in another one. It must be below <c>functionTimeout</c> and
    /// <c>maxAutoLockRenewalDuration</c> in host.json, which end it without notice. The difference must be more than the four minutes in which an
    /// invocation may begin another download (<see cref="AssetAdmission.TakeoverTime"/>). The default value is 25 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "24:00:00")]
    public TimeSpan RunTime { get; set; } = TimeSpan.FromMinutes(25);

    /// <summary>
    /// How long a lease on an asset lasts unless it is renewed, which happens three times in that time. The default value is one minute. If the
    /// worker dies, the asset waits that long at most; a redelivery of its own message takes the lease over at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.300", "00:10:00")]
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets <see cref="MaxDownloadsPerHost"/>, or its default.</summary>
    public int DownloadsPerHost => MaxDownloadsPerHost ?? Math.Max(1, MaxDownloads / 2);

    /// <summary>Gets the memory of all buffers, in bytes, at the maximum number of downloads.</summary>
    public long BufferBytes => (long)MaxDownloads * (BlocksInFlight + 1) * BitOperations.RoundUpToPowerOf2((uint)BlockBytes);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxBytes > BlockBytes * FullBlocks)
        {
            yield return new ValidationResult(
                $"{Section}__{nameof(MaxBytes)} is more than {FullBlocks} blocks of {Section}__{nameof(BlockBytes)}.", [nameof(MaxBytes)]);
        }

        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (BufferBytes > memory)
        {
            yield return new ValidationResult(
                $"{Section}__{nameof(MaxDownloads)} downloads at once take {BufferBytes} bytes of buffers, and the process may use {memory}.",
                [nameof(MaxDownloads)]);
        }
    }
}
