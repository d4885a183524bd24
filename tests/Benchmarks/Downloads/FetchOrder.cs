using System.Text.Json.Serialization;

namespace Benchmarks.Downloads;

/// <summary>A way of bringing media from a source into Blob Storage, or not quite so far.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FetchWay>))]
public enum FetchWay
{
    /// <summary>The app: row, lease, hashes, blocks, one commit.</summary>
    App,

    /// <summary>What one writes first: <c>UploadAsync(stream)</c>. It knows no hash, no retry of the source and no row.</summary>
    Naive,

    /// <summary><c>HttpClient</c> and SHA-256, into nothing: what there is to do even where nothing is kept.</summary>
    Hash,

    /// <summary>The same with MD5 beside it, which Blob Storage keeps of a blob and the app computes as well.</summary>
    BothHashes,
}

/// <summary>A download that a fetching process is asked for.</summary>
/// <param name="Source">From where.</param>
/// <param name="Bytes">How much there is.</param>
public sealed record FetchOrder(Uri Source, long Bytes);

/// <summary>What came of it.</summary>
/// <param name="Seconds">How long it took.</param>
/// <param name="CpuSeconds">Processor time of the fetching process.</param>
/// <param name="PeakMiB">The most memory that the process ever had.</param>
public sealed record FetchResult(double Seconds, double CpuSeconds, double PeakMiB);
