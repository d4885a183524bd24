using System.Text.Json.Nodes;
using Benchmarks;
using Benchmarks.Suites;
using Spectre.Console;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Benchmarks;

/// <summary>Tests that every suite runs and writes its figures. The figures of such a short run mean nothing.</summary>
public sealed class SuiteTests
{
    public static TheoryData<string, string[]> Suites => new()
    {
        { "verify", ["standardwebhooks_vs_hmac_64kib", "sync_vs_hmac_64kib", "geminigen_vs_rsa_1kib", "geminisignature_vs_ed25519_1kib", "geminitoken_vs_jwt_1kib"] },
        { "receive", ["counting_vs_express", "counting_vs_kestrel", "durable_vs_express"] },
        { "isolation", ["p99_busy_vs_idle"] },
        { "download", ["sink_vs_hash", "azurite_vs_naive", "peak_mib"] },
        { "pipeline", ["events_per_second"] },
        { "waiting", ["operations_1s", "others_delay_beside_dead_host"] },
        { "start", ["app_vs_kestrel"] },
    };

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task A_suite_measures_every_ratio_and_writes_them_with_the_machine(string name, string[] ratios)
    {
        using var directory = new TemporaryDirectory();
        var suite = SuiteCatalog.All.Single(suite => suite.Name == name);

        var report = await suite.RunAsync(Effort.Smoke, new Progress<string>(), TestContext.Current.CancellationToken);
        report.Print(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }));
        var written = JsonNode.Parse(await File.ReadAllTextAsync(
            report.Write(directory.Path, TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken))!;

        Assert.NotEmpty(written["machine"]!["processor"]!.GetValue<string>());
        Assert.NotEmpty(written["rows"]!.AsArray());
        Assert.All(ratios, ratio => Assert.True(written["ratios"]![ratio]!.GetValue<double>() > 0));
    }

    [Fact]
    public void Every_suite_is_tested_here() =>
        Assert.Equal(SuiteCatalog.All.Select(suite => suite.Name).Order(), Suites.Select(row => row.Data.Item1).Order());
}
