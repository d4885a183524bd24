using Benchmarks.Suites.Download;
using Benchmarks.Suites.Isolation;
using Benchmarks.Suites.Pipeline;
using Benchmarks.Suites.Receive;
using Benchmarks.Suites.Start;
using Benchmarks.Suites.Verify;
using Benchmarks.Suites.Waiting;

namespace Benchmarks.Suites;

/// <summary>Catalog of the suites, in the order of the README.</summary>
public static class SuiteCatalog
{
    public static IReadOnlyList<ISuite> All { get; } =
    [
        new VerifySuite(), new ReceiveSuite(), new IsolationSuite(), new DownloadSuite(), new PipelineSuite(), new WaitingSuite(), new StartSuite(),
    ];
}
