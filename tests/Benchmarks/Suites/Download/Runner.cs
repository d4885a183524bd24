using System.Diagnostics;
using System.Globalization;
using Benchmarks.Downloads;
using Benchmarks.Processes;

namespace Benchmarks.Suites.Download;

/// <summary>Competitor of a comparison, which downloads in turn with the others.</summary>
internal abstract class Runner(string name) : IAsyncDisposable
{
    public string Name { get; } = name;

    /// <summary>Gets the results of its turns.</summary>
    public List<FetchResult> Results { get; } = [];

    public abstract Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Runner that uses one process of this program for all turns, so that it is warm.</summary>
internal sealed class FetchRunner(FetchMethod method, string blobs, string tables, Core core = Core.Any) : Runner(NameOf(method))
{
    private readonly FetchProcess _process = new(method, blobs, tables, core);

    public FetchMethod Method => method;

    public override Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken) => _process.FetchAsync(order, cancellationToken);

    public override ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string NameOf(FetchMethod method) => method switch
    {
        FetchMethod.App => "app",
        FetchMethod.Naive => "UploadAsync(stream)",
        FetchMethod.BothHashes => "HttpClient + SHA-256 + MD5, discarded",
        _ => "HttpClient + SHA-256, discarded",
    };
}

/// <summary>Runner that starts curl for every turn. Its processor time is unknown, because it has ended when it could be read.</summary>
internal sealed class CurlRunner() : Runner("curl, discarded")
{
    public override async Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var curl = ChildProcess.Start(
            Core.Any, "curl", ["--silent", "--fail", "--output", OperatingSystem.IsWindows() ? "NUL" : "/dev/null", "--write-out", """{"bytes":%{size_download}}""", order.Source.OriginalString]);
        var downloaded = await curl.ReadAsync<Downloaded>(cancellationToken);
        return downloaded.Bytes == order.Bytes
            ? new FetchResult(Stopwatch.GetElapsedTime(started).TotalSeconds, double.NaN, double.NaN)
            : throw new IOException(string.Create(CultureInfo.InvariantCulture, $"curl downloaded {downloaded.Bytes} of {order.Bytes} bytes."));
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed record Downloaded(long Bytes);
}
