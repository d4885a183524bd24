using System.Diagnostics;
using System.Globalization;
using Benchmarks.Downloads;
using Benchmarks.Processes;

namespace Benchmarks.Suites.Download;

/// <summary>One of those that fetch in turn.</summary>
internal abstract class Runner(string name) : IAsyncDisposable
{
    public string Name { get; } = name;

    /// <summary>What its turns gave.</summary>
    public List<FetchResult> Results { get; } = [];

    public abstract Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>A process of this program, the same for every turn, so that it is warm.</summary>
internal sealed class FetchRunner(FetchWay way, string blobs, string tables, Core core = Core.Any) : Runner(NameOf(way))
{
    private readonly FetchProcess _process = new(way, blobs, tables, core);

    public FetchWay Way => way;

    public override Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken) => _process.FetchAsync(order, cancellationToken);

    public override ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string NameOf(FetchWay way) => way switch
    {
        FetchWay.App => "app",
        FetchWay.Naive => "UploadAsync(stream)",
        FetchWay.BothHashes => "HttpClient + SHA-256 + MD5, into nothing",
        _ => "HttpClient + SHA-256, into nothing",
    };
}

/// <summary>curl, a process for every turn; what it uses of the processor is not known once it has ended.</summary>
internal sealed class CurlRunner() : Runner("curl, into nothing")
{
    public override async Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var curl = ChildProcess.Start(
            Core.Any, "curl", ["--silent", "--fail", "--output", OperatingSystem.IsWindows() ? "NUL" : "/dev/null", "--write-out", """{"bytes":%{size_download}}""", order.Source.OriginalString]);
        var said = await curl.ReadAsync<Downloaded>(cancellationToken);
        return said.Bytes == order.Bytes
            ? new FetchResult(Stopwatch.GetElapsedTime(started).TotalSeconds, double.NaN, double.NaN)
            : throw new IOException(string.Create(CultureInfo.InvariantCulture, $"curl brought {said.Bytes} of {order.Bytes} bytes."));
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed record Downloaded(long Bytes);
}
