using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Benchmarks.Reporting;
using Perfolizer.Horology;

namespace Benchmarks.Suites.Verify;

/// <summary>Benchmark that compares each verification scheme with the bare cryptography that it needs.</summary>
public sealed class VerifySuite : ISuite
{
    private static readonly Type[] Schemes =
        [typeof(StandardWebhooksScheme), typeof(SyncScheme), typeof(GeminiGenScheme), typeof(GeminiSignatureScheme), typeof(GeminiTokenScheme)];

    public string Name => "verify";

    public string Description => "Every scheme, compared with the raw HMAC, RSA, Ed25519 or JWT validation (BenchmarkDotNet).";

    public Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken) =>
        Task.Run(() => Run(effort, progress, cancellationToken), cancellationToken);

    private SuiteReport Run(Effort effort, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var table = new VerifyTable();
        foreach (var scheme in Schemes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report(scheme.Name);
            table.Add(BenchmarkRunner.Run(scheme, Configuration(effort)));
        }

        return new SuiteReport(Name, effort, table.Rows, [.. table.Ratios()], []);
    }

    private static ManualConfig Configuration(Effort effort)
    {
        // Runs in this process. The other toolchains generate a project for each run, and the repository's build settings reject generated code.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.DontLogOutput);
        job = effort switch
        {
            Effort.Thorough => job.WithWarmupCount(6).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(250)),
            Effort.Brief => job.WithWarmupCount(3).WithIterationCount(7).WithIterationTime(TimeInterval.FromMilliseconds(100)),
            _ => job.WithStrategy(BenchmarkDotNet.Engines.RunStrategy.ColdStart).WithIterationCount(1).WithInvocationCount(1).WithUnrollFactor(1),
        };
        return ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(RepositoryPaths.Results)
            .WithOptions(ConfigOptions.DisableLogFile);
    }
}
