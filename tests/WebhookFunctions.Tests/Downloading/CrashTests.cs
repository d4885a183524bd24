using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>
/// Tests in which the process crashes at every single operation of storage and broker in turn, before and after the operation takes effect. The
/// redelivered message must lead to the same result as without a crash.
/// </summary>
public sealed class CrashTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData(1_000, false)]
    [InlineData(1_000, true)]
    [InlineData(300_000, false)]
    [InlineData(300_000, true)]
    public async Task An_asset_ends_as_one_blob_wherever_the_process_crashes(int length, bool afterEffect)
    {
        var content = SampleMedia.Mp4(length);
        var crashes = await CrashEverywhereAsync(
            afterEffect,
            new AssetSource { Name = "video", Url = "/v.mp4" },
            source => source.Serve("/v.mp4", content),
            async (bench, source) =>
            {
                var row = await bench.RowAsync();
                Assert.Null(row.LastError);
                Assert.Equal((AssetState.Stored, SampleMedia.Sha256(content)), (row.State, row.Sha256));
                Assert.Equal(content, await bench.BytesAsync());
                Assert.Equal(SampleMedia.Md5(content), (await bench.PropertiesAsync()).ContentHash);
                Assert.Single(await bench.BlobsAsync());
                Assert.InRange(source.Requests.Count, 1, 2);
            });
        Assert.InRange(crashes, 6, 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_is_dead_lettered_once_wherever_the_process_crashes(bool afterEffect)
    {
        var crashes = await CrashEverywhereAsync(
            afterEffect,
            new AssetSource { Name = "video", Url = "/gone" },
            source => source.On("/gone", exchange => exchange.AnswerAsync("400 Bad Request")),
            async (bench, _) =>
            {
                var row = await bench.RowAsync();
                Assert.Equal((AssetState.Failed, "Refused", 1), (row.State, row.ErrorCode, row.Attempts));
            },
            deadLetter: "Refused");
        Assert.InRange(crashes, 4, 100);
    }

    [Theory]
    [InlineData(WorkStarts.Ordinary, false, false)]
    [InlineData(WorkStarts.Ordinary, true, false)]
    [InlineData(WorkStarts.Ordinary + WorkStarts.AsSuspect, false, true)]
    [InlineData(WorkStarts.Ordinary + WorkStarts.AsSuspect, true, true)]
    public async Task A_suspect_is_stored_and_a_parked_asset_is_dead_lettered_once_wherever_the_process_crashes(int starts, bool afterEffect, bool isParked)
    {
        var content = SampleMedia.Mp4(1_000);
        var crashes = await CrashEverywhereAsync(
            afterEffect,
            new AssetSource { Name = "video", Url = "/v.mp4" },
            source => source.Serve("/v.mp4", content),
            async (bench, source) =>
            {
                var row = await bench.RowAsync();
                Assert.Equal(
                    (isParked ? AssetState.Failed : AssetState.Stored, isParked ? nameof(DeadLetterReason.CrashesWorker) : null, 0),
                    (row.State, row.ErrorCode, row.Starts));
                Assert.InRange(source.Requests.Count, isParked ? 0 : 1, isParked ? 0 : 2);
            },
            deadLetter: isParked ? nameof(DeadLetterReason.CrashesWorker) : null,
            starts: starts);
        Assert.InRange(crashes, 4, 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_attempt_is_retried_wherever_the_process_crashes(bool afterEffect)
    {
        var content = SampleMedia.Mp4(5_000);
        var crashes = await CrashEverywhereAsync(
            afterEffect,
            new AssetSource { Name = "video", Url = "/v.mp4" },
            source =>
            {
                var requests = 0;
                source.On("/v.mp4", exchange => requests++ == 0
                    ? exchange.AnswerAsync("503 Service Unavailable", "Retry-After: 30\r\n")
                    : exchange.ServeAsync(content, "video/mp4", "\"v1\""));
            },
            async (bench, _) => Assert.Equal((AssetState.Stored, SampleMedia.Sha256(content)), ((await bench.RowAsync()).State, (await bench.RowAsync()).Sha256)));
        Assert.InRange(crashes, 5, 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_manifests_assets_are_counted_once_wherever_the_process_crashes(bool afterEffect)
    {
        // Enough for two transactions. Only a few of the assets have a link.
        const int Count = 120;
        const int Links = 3;
        var content = SampleMedia.Mp4(500);
        await CrashEverywhereAsync(
            afterEffect,
            new AssetSource { Name = "manifest", Url = "/manifest", Kind = AssetKind.Document, Expands = true },
            source =>
            {
                source.On("/manifest", exchange => exchange.AnswerAsync("200 OK", "Content-Type: application/jsonl\r\n", Encoding.UTF8.GetBytes("{}\n{}\n")));
                source.Serve("/v.mp4", content);
            },
            async (bench, _) =>
            {
                var row = await bench.EventAsync();
                Assert.Equal(
                    (Count + 1, Links + 1, Count - Links, EventState.CompletedWithFailures),
                    (row.AssetsTotal, row.AssetsStored, row.AssetsFailed, row.State));
                Assert.Equal(Links + 1, (await bench.BlobsAsync()).Count);
            },
            source => _ => Enumerable.Range(0, Count).Select(i => new AssetSource
            {
                Name = FormattableString.Invariant($"clip-{i}"),
                Url = source.Url("/v.mp4"),
                FetchError = i % 40 == 39 ? null : "It failed at the provider.",
            }).ToAsyncEnumerable());
    }

    /// <returns>The number of operations at which the process crashed.</returns>
    private async Task<int> CrashEverywhereAsync(
        bool afterEffect,
        AssetSource asset,
        Action<HostileServer> prepare,
        Func<AssetBench, HostileServer, Task> verify,
        Func<HostileServer, Func<Stream, IAsyncEnumerable<AssetSource>>>? manifest = null,
        string? deadLetter = null,
        int starts = 0)
    {
        for (var operation = 1; ; operation++)
        {
            var faults = new FaultPolicy();
            var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
            var clients = await azurite.ClientsAsync(faults);
            await using var source = new HostileServer();
            prepare(source);
            await using var bench = await AssetBench.CreateAsync(azurite, replace: services => clients(services.AddSingleton<TimeProvider>(clock)));
            bench.Queue.BeforeSend = faults.BeforeSendAsync;
            bench.Provider.Manifest = manifest?.Invoke(source);
            var pump = new MessagePump(bench, clock);
            pump.Add(await bench.AnnounceAsync(asset with { Url = source.Url(asset.Url) }));
            var row = await bench.RowAsync();
            row.Starts = starts;
            await bench.Events.UpdateAsync(row, TestContext.Current.CancellationToken);

            faults.CrashAt(operation, afterEffect);
            await pump.DeliverAsync(isLost: () => faults.IsDead);
            var died = faults.IsDead;
            faults.Restart();
            await pump.RunAsync();

            await verify(bench, source);
            Assert.Equal(deadLetter is null ? [] : [deadLetter], pump.DeadLetters.Select(letter => letter.Reason).Distinct());
            var @event = await bench.EventAsync();
            Assert.True(@event.IsFinal);
            Assert.Equal(@event.AssetsTotal, @event.AssetsStored + @event.AssetsFailed);
            if (!died)
            {
                return operation;
            }
        }
    }
}
