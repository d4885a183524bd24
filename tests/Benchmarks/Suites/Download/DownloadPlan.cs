namespace Benchmarks.Suites.Download;

/// <summary>How much is fetched, and how often.</summary>
/// <param name="SinkBytes">Into the sink.</param>
/// <param name="Rounds">How often that is.</param>
/// <param name="AzuriteBytes">Into Azurite, which takes some 50 MB a second.</param>
/// <param name="AzuriteRounds">How often that is.</param>
/// <param name="SmallBytes">For the memory that a small asset takes.</param>
/// <param name="SmallTimes">How many small ones a process fetches.</param>
/// <param name="LargeBytes">For the memory that a large one takes.</param>
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
