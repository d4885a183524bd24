using System.Text.Json.Serialization;

namespace Benchmarks.Downloads;

/// <summary>Method of downloading media, with or without storing them in Blob Storage.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FetchMethod>))]
public enum FetchMethod
{
    /// <summary>The app's download: row, lease, hashes, staged blocks, one commit.</summary>
    App,

    /// <summary>The simplest code that works: <c>UploadAsync(stream)</c>, without hashes, retries of the source, or a row.</summary>
    Naive,

    /// <summary><c>HttpClient</c> and SHA-256, and the bytes are discarded: the least that a download with a hash must do.</summary>
    Hash,

    /// <summary>The same with MD5 as well, which the app computes because Blob Storage keeps it with a blob.</summary>
    BothHashes,
}

/// <summary>Request to a <see cref="FetchProcess"/> for one download.</summary>
/// <param name="Source">The address of the media.</param>
/// <param name="Bytes">The length of the media, in bytes.</param>
public sealed record FetchOrder(Uri Source, long Bytes);

/// <summary>Measurements of one download.</summary>
/// <param name="Seconds">The time that the download took.</param>
/// <param name="CpuSeconds">The processor time that the process used for it.</param>
/// <param name="PeakMiB">The peak working set of the process since its start.</param>
public sealed record FetchResult(double Seconds, double CpuSeconds, double PeakMiB);
