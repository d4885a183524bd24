namespace Benchmarks.Suites.Download;

/// <summary>Sizes and numbers of the suite's downloads.</summary>
/// <param name="SinkBytes">The size of a download to the sink.</param>
/// <param name="Rounds">The rounds of downloads to the sink.</param>
/// <param name="AzuriteBytes">The size of a download to Azurite, which writes about 50 MB a second.</param>
/// <param name="AzuriteRounds">The rounds of downloads to Azurite.</param>
/// <param name="SmallBytes">The size of a small asset whose peak memory is measured.</param>
/// <param name="SmallTimes">The number of small assets that one process downloads.</param>
/// <param name="LargeBytes">The size of a large asset whose peak memory is measured.</param>
internal sealed record DownloadPlan(long SinkBytes, int Rounds, long AzuriteBytes, int AzuriteRounds, long SmallBytes, int SmallTimes, long LargeBytes)
{
    private const long MiB = 1024 * 1024;
    private const long GiB = 1024 * MiB;

    public static DownloadPlan For(Effort effort) => effort switch
    {
        Effort.Thorough => new(GiB, 7, GiB, 5, 100 * MiB, 30, 10 * GiB),
        Effort.Brief => new(GiB, 3, 128 * MiB, 3, 100 * MiB, 15, 3 * GiB),
        _ => new(24 * MiB, 1, 9 * MiB, 1, 9 * MiB, 1, 24 * MiB),
    };
}
