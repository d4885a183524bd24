using BenchmarkDotNet.Reports;
using Benchmarks.Reporting;

namespace Benchmarks.Suites.Verify;

/// <summary>Table of BenchmarkDotNet's measurements, by scheme, method and size of the body.</summary>
internal sealed class VerifyTable
{
    private const double NanosecondsPerMicrosecond = 1000;

    // Zero, except for the allocations of the measurement itself. At 1 MiB it has few rounds, so about 30 bytes of them show, with the raw primitive too.
    private const double MaxGrowth = 0.1;

    private readonly Dictionary<(string Scheme, string Method, int BodyKiB), (Sample Microseconds, long AllocatedBytes)> _cells = [];

    /// <summary>Gets one row for each measurement.</summary>
    public List<Row> Rows { get; } = [];

    /// <summary>Adds the measurements of one scheme.</summary>
    /// <exception cref="InvalidOperationException">A benchmark failed.</exception>
    public void Add(Summary summary)
    {
        foreach (var report in summary.Reports)
        {
            var benchmark = report.BenchmarkCase;
            var method = benchmark.Descriptor.WorkloadMethod.Name.Replace("Async", "", StringComparison.Ordinal);
            var scheme = benchmark.Descriptor.Type.Name.Replace("Scheme", "", StringComparison.Ordinal);
            var bodyKiB = (int)benchmark.Parameters[nameof(MeasuredScheme.BodyKiB)];
            if (!report.Success)
            {
                throw new InvalidOperationException($"{scheme}, {method}, {bodyKiB} KiB could not be measured.");
            }

            var time = new Sample(report.GetResultRuns().Select(run => run.GetAverageTime().Nanoseconds / NanosecondsPerMicrosecond));
            var bytes = report.GcStats.GetBytesAllocatedPerOperation(benchmark) ?? 0;
            _cells[(scheme, method, bodyKiB)] = (time, bytes);
            var row = new Row { { "scheme", scheme }, { "method", method } };
            row.Add("body KiB", bodyKiB);
            row.Add("µs", time, "N2");
            row.Add("bytes allocated", bytes);
            Rows.Add(row);
        }
    }

    /// <summary>Returns the cost of each scheme relative to the raw primitive, and how its allocations grow with the body.</summary>
    public IEnumerable<Goal> Ratios()
    {
        foreach (var scheme in new[] { "StandardWebhooks", "Sync" })
        {
            var name = scheme.ToLowerInvariant();
            yield return Goal.Maximum($"{name}_vs_hmac_64kib", Ratio(scheme, "Accepted", "Raw", 64), 1.25);
            yield return Goal.Maximum($"{name}_vs_hmac_1kib", Ratio(scheme, "Accepted", "Raw", 1), 2);
            yield return Goal.Maximum($"{name}_refused_vs_hmac_1kib", Ratio(scheme, "Refused", "Raw", 1), 2);
            yield return Goal.Maximum($"{name}_bytes_allocated_per_kib", Growth(scheme), MaxGrowth);
        }

        yield return Goal.Maximum("geminigen_vs_rsa_1kib", Ratio("GeminiGen", "Accepted", "Raw", 1), 1.2);
        yield return Goal.Maximum("geminigen_vs_rsa_and_parsing_64kib", Ratio("GeminiGen", "Accepted", "RawAfterParsing", 64), 1.2);
        yield return new Goal("geminisignature_vs_ed25519_1kib", Ratio("GeminiSignature", "Accepted", "Raw", 1));
        yield return new Goal("geminisignature_vs_ed25519_64kib", Ratio("GeminiSignature", "Accepted", "Raw", 64));
        yield return new Goal("geminitoken_vs_jwt_1kib", Ratio("GeminiToken", "Accepted", "Raw", 1));
    }

    private Sample Ratio(string scheme, string method, string other, int bodyKiB) =>
        new([_cells[(scheme, method, bodyKiB)].Microseconds.Median / _cells[(scheme, other, bodyKiB)].Microseconds.Median]);

    /// <summary>Returns the additional bytes that are allocated for every KiB of the body.</summary>
    private Sample Growth(string scheme) =>
        new([(_cells[(scheme, "Accepted", 1024)].AllocatedBytes - _cells[(scheme, "Accepted", 1)].AllocatedBytes) / 1023.0]);
}
