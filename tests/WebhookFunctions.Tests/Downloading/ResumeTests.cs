using Azure.Core;
using Azure.Storage.Blobs.Models;
using WebhookFunctions.Downloading;
using WebhookFunctions.Downloading.Blobs;
using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of which staged bytes an interrupted download keeps, and of how it resumes.</summary>
public sealed class ResumeTests(AzuriteFixture azurite) : ResumeBench(azurite)
{
    [Theory]
    [InlineData(100_000)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(650_001)]
    public async Task A_broken_download_resumes_at_the_next_byte(int at)
    {
        await StartAsync(BreakAt(at));
        Assert.Equal(at, await Bench.StagedBytesAsync());

        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        var rest = Source.Requests.Last();
        Assert.Equal(at, rest.RangeFrom);
        Assert.Equal(Tag, rest.Headers["If-Range"]);
        Assert.Equal(2, Source.Requests.Count);
        Assert.Equal(2, (await Bench.RowAsync()).Attempts);
    }

    [Fact]
    public async Task A_download_that_breaks_repeatedly_ends_with_every_byte_sent_once()
    {
        long sent = 0;
        var random = new Random(3);
        await StartAsync(async exchange =>
        {
            var from = (int)(exchange.Request.RangeFrom ?? 0);
            var to = Math.Min(Content.Length, from + random.Next(20_000, 120_000));
            sent += to - from;
            await exchange.SendAsync(Head(from));
            await exchange.SendAsync(Content.AsMemory(from, to - from));
            if (to < Content.Length)
            {
                exchange.Close();
            }
        });
        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Equal(Content.Length, sent);
        Assert.InRange(Source.Requests.Count, 6, 40);

        // Each attempt made progress, so the backoff did not grow.
        Assert.InRange(Clock.GetUtcNow() - Clock.Start, TimeSpan.Zero, TimeSpan.FromSeconds(5 * Source.Requests.Count));
    }

    [Fact]
    public async Task A_download_whose_source_changed_starts_over()
    {
        var changed = SampleMedia.Mp4(500_000, seed: 9);
        await StartAsync(BreakAt(300_000));
        Source.Serve("/v.mp4", changed, etag: "\"v2\"");
        await Pump.RunAsync();

        await AssertStoredAsync(changed);
        Assert.Equal(300_000, Source.Requests.Last().RangeFrom);
    }

    [Fact]
    public async Task A_download_whose_source_changed_to_less_than_a_block_starts_over()
    {
        var changed = SampleMedia.Mp4(1_000, seed: 9);
        await StartAsync(BreakAt(300_000));
        Source.Serve("/v.mp4", changed, etag: "\"v2\"");
        await Pump.RunAsync();
        await AssertStoredAsync(changed);
    }

    [Fact]
    public async Task A_download_from_a_source_without_ranges_starts_over()
    {
        await StartAsync(BreakAt(300_000));
        Source.On("/v.mp4", exchange => exchange.AnswerAsync("200 OK", $"Content-Type: video/mp4\r\nETag: {Tag}\r\n", Content));
        await Pump.RunAsync();
        await AssertStoredAsync(Content);
    }

    [Fact]
    public async Task A_range_of_another_version_is_not_appended()
    {
        var changed = SampleMedia.Mp4(500_000, seed: 9);
        await StartAsync(BreakAt(300_000));
        Source.On("/v.mp4", exchange => exchange.Request.RangeFrom is { } from
            ? exchange.AnswerAsync(
                "206 Partial Content",
                $"Content-Type: video/mp4\r\nETag: \"v2\"\r\nContent-Range: bytes {from}-{changed.Length - 1}/{changed.Length}\r\n",
                changed.AsMemory((int)from))
            : exchange.ServeAsync(changed, "video/mp4", "\"v2\""));
        await Pump.RunAsync();
        await AssertStoredAsync(changed);
    }

    [Fact]
    public async Task A_part_of_the_requested_range_is_not_accepted_if_neither_side_knows_the_length()
    {
        await StartAsync(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: {Tag}\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 200_000));
            exchange.Reset();
        });
        Source.On("/v.mp4", exchange => exchange.Request.RangeFrom is { } from
            ? exchange.AnswerAsync(
                "206 Partial Content",
                $"Content-Type: video/mp4\r\nETag: {Tag}\r\nContent-Range: bytes {from}-{from + 99_999}/*\r\n",
                Content.AsMemory((int)from, 100_000))
            : exchange.AnswerAsync("200 OK", $"Content-Type: video/mp4\r\nETag: {Tag}\r\n", Content));
        await Pump.RunAsync();
        await AssertStoredAsync(Content);
    }

    [Fact]
    public async Task A_validator_that_cannot_be_sent_is_ignored()
    {
        const string Odd = "\"v\u00e91\"";
        await StartAsync(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: {Odd}\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 300_000));
            exchange.Close();
        });
        Source.Serve("/v.mp4", Content, etag: Odd);
        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Equal(2, Source.Requests.Count);
        Assert.Null(Source.Requests.Last().RangeFrom);
    }

    [Fact]
    public async Task An_encoded_body_is_resumed_and_hashed_as_it_was_sent()
    {
        const string Encoded = "Content-Type: video/mp4\r\nContent-Encoding: gzip\r\nETag: " + Tag + "\r\n";
        await StartAsync(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\n{Encoded}Content-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 300_000));
            exchange.Close();
        });
        Source.On("/v.mp4", exchange => exchange.AnswerAsync(
            "206 Partial Content",
            $"{Encoded}Content-Range: bytes {exchange.Request.RangeFrom}-{Content.Length - 1}/{Content.Length}\r\n",
            Content.AsMemory((int)exchange.Request.RangeFrom!.Value)));
        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Equal("gzip", (await Bench.PropertiesAsync()).ContentEncoding);
    }

    [Fact]
    public async Task A_download_whose_remaining_range_does_not_exist_starts_over()
    {
        await StartAsync(BreakAt(300_000));
        var shorter = SampleMedia.Mp4(200_000, seed: 4);
        Source.On("/v.mp4", exchange => exchange.Request.RangeFrom is null
            ? exchange.ServeAsync(shorter, "video/mp4", "\"v2\"")
            : exchange.AnswerAsync("416 Range Not Satisfiable", "Content-Range: bytes */200000\r\n"));
        await Pump.RunAsync();
        await AssertStoredAsync(shorter);
    }

    [Theory]
    [InlineData("ETag: W/\"v1\"\r\n")]
    [InlineData("")]
    [InlineData("ETag: \"v1\"\r\nAccept-Ranges: none\r\n")]
    public async Task Without_a_strong_validator_no_download_is_resumed(string headers)
    {
        var breaks = 1;
        await StartAsync(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {Content.Length}\r\n{headers}\r\n");
            if (breaks-- > 0)
            {
                await exchange.SendAsync(Content.AsMemory(0, 300_000));
                exchange.Close();
            }

            await exchange.SendAsync(Content);
        });
        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.All(Source.Requests, request => Assert.Null(request.RangeFrom));
    }

    [Fact]
    public async Task A_fully_staged_asset_is_committed_without_a_request()
    {
        Faults.When = message => IsBlockList(message) && message.Request.Method == RequestMethod.Put;
        await StartAsync(exchange => exchange.ServeAsync(Content, "video/mp4", Tag), isLost: true);
        Assert.Equal(Content.Length, await RestartedAsync(Bench.StagedBytesAsync));

        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Single(Source.Requests);
    }

    [Fact]
    public async Task A_blob_that_was_committed_and_not_read_back_is_read_back()
    {
        await StartAsync(BreakAt(300_000));
        Source.Serve("/v.mp4", Content);
        Faults.When = message => message.Request.Uri.ToString().Contains("comp=properties", StringComparison.Ordinal);
        await Pump.DeliverAsync(isLost: () => true);
        Assert.True(Faults.IsDead);
        Faults.Restart();
        Assert.False((await Bench.PropertiesAsync()).Metadata.ContainsKey("sha256"));

        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Equal(2, Source.Requests.Count);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("HEAD", "")]
    [InlineData("DELETE", "")]
    [InlineData("PUT", "comp=blocklist")]
    public async Task Bytes_that_do_not_match_the_declared_hash_are_detected_wherever_the_process_crashes(string method, string query)
    {
        // The second half belongs to other content with the same validator.
        var wrong = SampleMedia.Mp4(Content.Length, seed: 9);
        var honestRequests = 0;
        await StartAsync(async exchange =>
        {
            await exchange.SendAsync(HashedHead());
            await exchange.SendAsync(Content.AsMemory(0, 300_000));
            exchange.Close();
        });
        Source.On("/v.mp4", async exchange =>
        {
            if (exchange.Request.RangeFrom is { } from)
            {
                await exchange.SendAsync(Head((int)from));
                await exchange.SendAsync(wrong.AsMemory((int)from));
                return;
            }

            honestRequests++;
            await exchange.SendAsync(HashedHead());
            await exchange.SendAsync(Content);
        });
        var committed = false;
        Faults.CrashAt(int.MaxValue, afterEffect: query.Length > 0);
        Faults.When = message =>
        {
            committed |= IsBlockList(message) && message.Request.Method == RequestMethod.Put;
            return committed
                && message.Request.Method.Method == method
                && message.Request.Uri.Path.EndsWith(".mp4", StringComparison.Ordinal)
                && message.Request.Uri.Query.Contains(query, StringComparison.Ordinal);
        };
        await Pump.DeliverAsync(() => Faults.IsDead);
        Assert.True(Faults.IsDead);
        Faults.Restart();

        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Equal(1, honestRequests);
    }

    [Fact]
    public async Task A_blob_to_replace_that_no_longer_exists_is_written_as_a_new_one()
    {
        var message = await Bench.AnnounceAsync(Source.Serve("/v.mp4", Content));
        Pump.Add(message with { ReplacesETag = "\"0x8DD0000000000\"" });
        await Pump.RunAsync();
        await AssertStoredAsync(Content);
    }

    [Fact]
    public async Task Another_webhook_of_the_job_adopts_the_existing_blob()
    {
        await StartAsync(exchange => exchange.ServeAsync(Content, "video/mp4", Tag));
        await AssertStoredAsync(Content);

        Bench.NewEvent();
        Pump.Add(await Bench.AnnounceAsync(Source.Serve("/v.mp4", SampleMedia.Mp4(10_000), "video/webm")));
        await Pump.RunAsync();

        await AssertStoredAsync(Content);
        Assert.Single(Source.Requests);
    }

    [Fact]
    public async Task Asset_names_with_dots_have_different_blobs()
    {
        await StoreAsync("a.mp4", SampleMedia.Mp4(1000, seed: 1));
        Bench.NewEvent();
        await StoreAsync("a", SampleMedia.Mp4(1000, seed: 2));
        Assert.Equal(2, (await Bench.BlobsAsync()).Count);
    }

    [Fact]
    public async Task A_blob_that_a_faster_worker_committed_is_adopted()
    {
        var other = SampleMedia.Mp4(1234, seed: 5);
        await StartAsync(async exchange =>
        {
            await exchange.SendAsync(Head(0));
            await exchange.SendAsync(Content.AsMemory(0, 400_000));
            while ((await Bench.RowAsync()).Blob is null)
            {
                await Task.Delay(10, exchange.Stopping);
            }

            await Bench.Storage.Assets.GetBlobClient((await Bench.RowAsync()).Blob).UploadAsync(
                BinaryData.FromBytes(other), new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "video/mp4" } });
            await exchange.SendAsync(Content.AsMemory(400_000));
        });
        await AssertStoredAsync(other);
    }

    [Fact]
    public async Task Blocks_that_no_longer_exist_at_the_commit_fail_the_attempt_and_leave_no_blob()
    {
        await Bench.AnnounceAsync("https://media.example/v.mp4");
        var row = await Bench.RowAsync();
        row.Blob = $"{TestProvider.ProviderName}/{Bench.JobId}/video.mp4";
        var acquired = await Bench.Get<AssetLeases>().AcquireAsync(row, Bench.NewDelivery(), attempt: 0, TestContext.Current.CancellationToken);
        await using var lease = Assert.IsType<LeaseResult.Acquired>(acquired).Lease;
        var end = await Bench.Get<AssetCommit>().CommitAsync(
            lease,
            [BlockIds.For("https://media.example/v.mp4", Tag).Block(0, 1000)],
            new BlobDescription { Event = Bench.Key, SourceHost = "127.0.0.1", ContentType = "video/mp4" },
            TestContext.Current.CancellationToken);

        Assert.Equal(FailureReason.ConnectionLost, Assert.IsType<DownloadResult.Failed>(end).Failure.Reason);
        Assert.Empty(await Bench.BlobsAsync());
    }
}
