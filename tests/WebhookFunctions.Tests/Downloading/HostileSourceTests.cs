using System.Globalization;
using System.IO.Compression;
using System.Text;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of sources that send wrong, broken, slow, endless or misleading answers.</summary>
public sealed class HostileSourceTests(AzuriteFixture azurite) : HostileSourceBench(azurite)
{
    [Fact]
    public async Task An_endless_body_is_cut_off_at_the_limit()
    {
        long sent = 0;
        var url = Source.On("/endless", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 1000));
            while (true)
            {
                await exchange.SendAsync(Content);
                sent += Content.Length;
            }
        });

        await AssertFailsPermanentlyAsync(url, "TooLarge");
        Assert.InRange(sent, 0, 16 * 1024 * 1024);
        Assert.Empty(await Bench.BlobsAsync());
    }

    [Fact]
    public async Task A_declared_length_above_the_limit_is_refused_before_the_first_byte()
    {
        var url = Source.On("/huge", exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 1048577\r\n\r\n"));
        await AssertFailsPermanentlyAsync(url, "TooLarge");
        Assert.Null((await Bench.RowAsync()).Blob);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_body_of_undeclared_length_may_have_as_many_bytes_as_the_limit_but_not_more(int beyond)
    {
        var content = SampleMedia.Mp4((1024 * 1024) + beyond);
        var url = Source.On("/undeclared", async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n");
            await exchange.SendAsync(content);
            exchange.Close();
        });
        await (beyond == 0 ? AssertStoredAsync(url, content) : AssertFailsPermanentlyAsync(url, "TooLarge"));
    }

    [Fact]
    public async Task A_body_one_byte_short_is_not_committed()
    {
        var url = Source.On("/short", async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, Content.Length - 1));
            exchange.Close();
        });
        await AssertFailsTransientlyAsync(url, "Truncated");
        Assert.Empty(await Bench.BlobsAsync());
    }

    [Fact]
    public async Task A_byte_after_the_declared_end_belongs_neither_to_the_asset_nor_to_the_next_answer()
    {
        var url = Source.On("/long", async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {Content.Length}\r\n\r\n");
            byte[] longer = [.. Content, (byte)'!'];
            await exchange.SendAsync(longer);
        });
        await AssertStoredAsync(url, Content);

        Bench.NewEvent();
        var other = SampleMedia.Mp4(1000, seed: 2);
        await AssertStoredAsync(Source.Serve("/next", other), other, "other");
    }

    [Fact]
    public async Task A_range_that_is_longer_than_the_rest_is_not_committed()
    {
        var isDisconnected = false;
        var url = Source.On("/range", async exchange =>
        {
            var from = exchange.Request.RangeFrom;
            if (from is null)
            {
                isDisconnected = true;
                await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Length: {Content.Length}\r\n\r\n");
                await exchange.SendAsync(Content.AsMemory(0, 100_000));
                exchange.Reset();
            }

            var rest = Content.Length - from.Value;
            await exchange.AnswerAsync(
                "206 Partial Content",
                $"Content-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n",
                new byte[rest + 1]);
        });
        var message = await Bench.AnnounceAsync(url);
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(message));
        Assert.True(isDisconnected);

        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(Bench.Next()));

        Assert.Equal("Truncated", (await Bench.RowAsync()).ErrorCode);
        Assert.Empty(await Bench.BlobsAsync());
    }

    [Fact]
    public async Task A_source_below_the_minimum_rate_is_disconnected()
    {
        await ShortenTimeoutsAsync();
        var url = Source.On("/drip", async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 2000));
            for (var i = 2000; ; i++)
            {
                await Task.Delay(20, exchange.Stopping);
                await exchange.SendAsync(Content.AsMemory(i, 1));
            }
        });
        await AssertFailsTransientlyAsync(url, "TooSlow");
    }

    [Fact]
    public async Task A_source_that_stops_sending_is_disconnected()
    {
        await ShortenTimeoutsAsync();
        var url = Source.On("/silent", async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 2000));
            await Task.Delay(Timeout.Infinite, exchange.Stopping);
        });
        await AssertFailsTransientlyAsync(url, "TimedOut");
    }

    [Fact]
    public async Task A_source_that_never_answers_times_out()
    {
        await ShortenTimeoutsAsync();
        var url = Source.On("/mute", exchange => Task.Delay(Timeout.Infinite, exchange.Stopping));
        await AssertFailsTransientlyAsync(url, "TimedOut");
    }

    [Fact]
    public async Task A_reset_in_the_middle_is_retried()
    {
        var url = Source.On("/reset", async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 100_000));
            exchange.Reset();
        });
        var row = await AssertFailsTransientlyAsync(url, null);
        Assert.True(row.ErrorCode is "ConnectionLost" or "Truncated");
    }

    [Theory]
    [InlineData("text/html", "<!DOCTYPE html><html><body>Expired</body></html>")]
    [InlineData("video/mp4", "  \r\n<HTML><head><title>Sign in</title>")]
    [InlineData("video/mp4", "{\"error\":\"expired\"}")]
    [InlineData("application/octet-stream", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>")]
    [InlineData("text/plain", "This link has expired.")]
    public async Task A_page_in_place_of_media_is_a_failure(string contentType, string page)
    {
        var url = Source.On("/page", exchange => exchange.AnswerAsync("200 OK", $"Content-Type: {contentType}\r\n", Encoding.UTF8.GetBytes(page)));
        await AssertFailsPermanentlyAsync(url, "WrongContent");
        Assert.Empty(await Bench.BlobsAsync());
    }

    [Fact]
    public async Task Partial_content_without_a_requested_range_is_not_accepted()
    {
        var url = Source.On("/partial", exchange => exchange.AnswerAsync(
            "206 Partial Content", $"Content-Type: video/mp4\r\nContent-Range: bytes 0-999/{Content.Length}\r\n", Content.AsMemory(0, 1000)));
        await AssertFailsTransientlyAsync(url, "UnexpectedAnswer");
        Assert.Empty(await Bench.BlobsAsync());
    }

    [Fact]
    public async Task An_empty_body_is_not_accepted()
    {
        var url = Source.On("/empty", exchange => exchange.AnswerAsync("200 OK", "Content-Type: video/mp4\r\n"));
        await AssertFailsTransientlyAsync(url, "Empty");
    }

    [Fact]
    public async Task A_compressed_body_is_stored_as_it_was_sent()
    {
        // A thousand times larger after decompression, and above the limit.
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[64 * 1024 * 1024], TestContext.Current.CancellationToken);
        }

        var url = Source.On("/bomb", exchange => exchange.AnswerAsync("200 OK", "Content-Type: video/mp4\r\nContent-Encoding: gzip\r\n", packed.ToArray()));
        await AssertStoredAsync(url, packed.ToArray());
        Assert.Equal("gzip", (await Bench.PropertiesAsync()).ContentEncoding);
    }

    [Fact]
    public async Task A_body_with_an_encoding_that_does_not_compress_is_examined_like_any_other()
    {
        var page = "<!DOCTYPE html><p>Expired"u8.ToArray();
        var url = Source.On("/plain", exchange => exchange.AnswerAsync("200 OK", "Content-Type: video/mp4\r\nContent-Encoding: identity\r\n", page));
        await AssertFailsPermanentlyAsync(url, "WrongContent");

        Bench.NewEvent();
        await AssertStoredAsync(
            Source.On("/plain", exchange => exchange.AnswerAsync("200 OK", "Content-Type: video/mp4\r\nContent-Encoding: Identity\r\n", Content)), Content);
        Assert.Null((await Bench.PropertiesAsync()).ContentEncoding);
    }

    [Fact]
    public async Task A_redirect_loop_ends()
    {
        var url = Source.On("/loop", exchange => exchange.AnswerAsync("302 Found", "Location: /loop\r\n"));
        await AssertFailsPermanentlyAsync(url, "TooManyRedirects");
        Assert.Equal(6, Source.Requests.Count);
    }

    [Fact]
    public async Task Five_redirects_are_followed()
    {
        for (var i = 0; i < 5; i++)
        {
            var next = i + 1;
            Source.On($"/hop{i}", exchange => exchange.AnswerAsync("302 Found", $"Location: /hop{next}?token=secret\r\n"));
        }

        Source.Serve("/hop5", Content);
        await AssertStoredAsync(Source.Url("/hop0"), Content);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/", "InvalidLink")]
    [InlineData("https://169.254.169.254/latest/meta-data/", "BlockedAddress")]
    [InlineData("http://localhost:{port}/v.mp4", "InvalidLink")]
    [InlineData("http://127.0.0.2:{port}/v.mp4", "InvalidLink")]
    [InlineData("https://127.0.0.1:{port}/v.mp4", "BlockedAddress")]
    [InlineData("http://0x7f.1:{port}/v.mp4", "InvalidLink")]
    [InlineData("//0x7f.1:{port}/v.mp4", "InvalidLink")]
    [InlineData("http://example.com/v.mp4", "InvalidLink")]
    [InlineData("//example.com/v.mp4", "InvalidLink")]
    [InlineData("ftp://example.com/v.mp4", "InvalidLink")]
    [InlineData("file:///etc/passwd", "InvalidLink")]
    [InlineData("https://user:password@example.com/v.mp4", "InvalidLink")]
    [InlineData("\\/0x7f.1:{port}/v.mp4", "InvalidLink")]
    [InlineData("/\\0x7f.1:{port}/v.mp4", "InvalidLink")]
    [InlineData("\\/example.com/v.mp4", "InvalidLink")]
    [InlineData("\\\\0x7f.1:{port}/v.mp4", "InvalidLink")]
    [InlineData("http:/\\0x7f.1:{port}/v.mp4", "InvalidLink")]
    [InlineData("https://", "TooManyRedirects")]
    [InlineData("", "TooManyRedirects")]
    public async Task The_target_of_a_redirect_is_checked_like_any_link(string location, string reason)
    {
        Source.Serve("/v.mp4", Content);
        var target = location.Replace("{port}", Source.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var url = Source.On("/astray", exchange => exchange.AnswerAsync("302 Found", $"Location: {target}\r\n"));
        await AssertFailsPermanentlyAsync(url, reason);
        Assert.Single(Source.Requests);
    }

    [Fact]
    public async Task A_redirect_without_a_location_is_a_failure()
    {
        var url = Source.On("/nowhere", exchange => exchange.AnswerAsync("302 Found"));
        await AssertFailsPermanentlyAsync(url, "TooManyRedirects");
    }

    [Fact]
    public async Task The_providers_key_is_sent_to_its_api_and_not_to_the_target_of_a_redirect()
    {
        await using var storage = new HostileServer();
        Bench.Provider.ApiAuthority = $"127.0.0.1:{Source.Port}";
        var target = storage.Serve("/v.mp4", Content);
        var url = Source.On("/file", exchange => exchange.AnswerAsync("302 Found", $"Location: {target}\r\n"));

        await AssertStoredAsync(url, Content);

        Assert.Equal("the key", Assert.Single(Source.Requests).Headers["x-goog-api-key"]);
        var second = Assert.Single(storage.Requests);
        Assert.DoesNotContain("x-goog-api-key", second.Headers.Keys);
        Assert.DoesNotContain(second.Headers.Keys, name => name is "Authorization" or "Cookie" or "Referer" or "traceparent");
    }

    [Fact]
    public async Task Cookies_of_one_answer_are_not_sent_with_the_next()
    {
        var url = Source.On("/first", exchange => exchange.AnswerAsync("302 Found", "Set-Cookie: a=b\r\nLocation: /v.mp4\r\n"));
        Source.Serve("/v.mp4", Content);
        await AssertStoredAsync(url, Content);
        Assert.All(Source.Requests, request => Assert.DoesNotContain("Cookie", request.Headers.Keys));
    }

    [Fact]
    public async Task An_unproven_link_is_requested_only_from_listed_hosts()
    {
        var message = await Bench.AnnounceAsync(Source.Serve("/v.mp4", Content), Assurance.Unconfirmed);
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(message));
        Assert.Equal((AssetState.Failed, "BlockedHost"), ((await Bench.RowAsync()).State, (await Bench.RowAsync()).ErrorCode));
        Assert.Empty(Source.Requests);

        Bench.NewEvent();
        Bench.Provider.Hosts = ["127.0.0.1"];
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(await Bench.AnnounceAsync(Source.Url("/v.mp4"), Assurance.Unconfirmed)));
        Assert.Equal(AssetState.Stored, (await Bench.RowAsync()).State);
    }

    [Fact]
    public async Task The_host_list_applies_to_a_proven_link_only_if_a_setting_says_so()
    {
        var settings = new Dictionary<string, string?> { ["Assets:RestrictToAllowedHosts"] = "true", ["Assets:AllowedHosts"] = "cdn.example" };
        await using var strict = await AssetBench.CreateAsync(Azurite, settings);
        var letter = Assert.IsType<Settlement.DeadLetter>(await strict.DeliverAsync(await strict.AnnounceAsync(Source.Serve("/v.mp4", Content))));
        Assert.Equal("BlockedHost", letter.Reason);
        Assert.Empty(Source.Requests);

        settings["Assets:AllowedHosts"] = "cdn.example, 127.0.0.1";
        await using var listed = await AssetBench.CreateAsync(Azurite, settings);
        Assert.IsType<Settlement.Complete>(await listed.DeliverAsync(await listed.AnnounceAsync(Source.Url("/v.mp4"))));
        Assert.Equal(AssetState.Stored, (await listed.RowAsync()).State);
    }

    [Fact]
    public async Task The_host_list_applies_to_every_redirect()
    {
        Bench.Provider.Hosts = ["127.0.0.1"];
        var url = Source.On("/out", exchange => exchange.AnswerAsync("302 Found", "Location: https://evil.example/v.mp4\r\n"));
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(await Bench.AnnounceAsync(url, Assurance.Unconfirmed)));
        var row = await Bench.RowAsync();
        Assert.Equal((AssetState.Failed, "BlockedHost"), (row.State, row.ErrorCode));
        Assert.Contains("evil.example", row.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("400 Bad Request", "Refused")]
    [InlineData("402 Payment Required", "Refused")]
    [InlineData("451 Unavailable For Legal Reasons", "Refused")]
    [InlineData("418 I'm a teapot", "Refused")]
    public async Task A_permanent_refusal_is_dead_lettered_at_once(string status, string reason) =>
        await AssertFailsPermanentlyAsync(Source.On("/refused", exchange => exchange.AnswerAsync(status)), reason);

    [Theory]
    [InlineData("408 Request Timeout", "Busy")]
    [InlineData("425 Too Early", "Busy")]
    [InlineData("429 Too Many Requests", "Busy")]
    [InlineData("500 Internal Server Error", "ServerError")]
    [InlineData("502 Bad Gateway", "ServerError")]
    [InlineData("503 Service Unavailable", "ServerError")]
    [InlineData("504 Gateway Timeout", "ServerError")]
    [InlineData("204 No Content", "UnexpectedAnswer")]
    public async Task A_transient_refusal_is_retried(string status, string reason) =>
        await AssertFailsTransientlyAsync(Source.On("/busy", exchange => exchange.AnswerAsync(status)), reason);

    [Fact]
    public async Task A_source_that_refuses_the_connection_is_retried()
    {
        string url;
        await using (var closedServer = new HostileServer())
        {
            url = closedServer.Url("/gone");
        }

        await AssertFailsTransientlyAsync(url, "Unreachable");
    }

    [Fact]
    public async Task An_answer_that_is_not_HTTP_is_retried() =>
        await AssertFailsTransientlyAsync(Source.On("/noise", exchange => exchange.SendAsync("SSH-2.0-OpenSSH_9.7\r\n\r\n")), "Unreachable");

    [Fact]
    public async Task Bytes_that_do_not_match_the_declared_hash_are_not_committed()
    {
        var url = Source.On("/corrupt", exchange => exchange.AnswerAsync(
            "200 OK", $"Content-Type: video/mp4\r\nContent-MD5: {Convert.ToBase64String(SampleMedia.Md5([1, 2, 3]))}\r\n", Content));
        await AssertFailsTransientlyAsync(url, "Corrupted");
        Assert.Empty(await Bench.BlobsAsync());
    }

    [Fact]
    public async Task No_query_string_is_written_to_rows_or_dead_letters()
    {
        const string Secret = "sig=very-secret";
        var url = Source.On("/secret", exchange => exchange.AnswerAsync("302 Found", $"Location: https://10.0.0.1/x?{Secret}\r\n"));
        var letter = Assert.IsType<Settlement.DeadLetter>(await Bench.DeliverAsync(await Bench.AnnounceAsync($"{url}?{Secret}")));
        var row = await Bench.RowAsync();
        Assert.DoesNotContain(Secret, letter.Description, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, row.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, row.SourceUrl, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes 0-{last}/{total}")]
    [InlineData("bytes 0-{last}/{total}", "ETag: \"v1\"\r\n")]
    public async Task Partial_content_that_is_the_whole_is_accepted(string range, string headers = "")
    {
        var contentRange = range
            .Replace("{last}", (Content.Length - 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{total}", Content.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var url = Source.On("/whole", exchange => exchange.AnswerAsync("206 Partial Content", $"Content-Type: video/mp4\r\nContent-Range: {contentRange}\r\n{headers}", Content));

        await AssertStoredAsync(url, Content);

        Assert.DoesNotContain("Range", Assert.Single(Source.Requests).Headers.Keys);
    }

    [Theory]
    [InlineData("bytes 0-99/{total}")]
    [InlineData("bytes 1-{last}/{total}")]
    [InlineData("bytes 0-{last}/*")]
    [InlineData("bytes */{total}")]
    [InlineData("items 0-{last}/{total}")]
    [InlineData("")]
    public async Task Partial_content_that_is_not_declared_as_the_whole_is_not_accepted(string range)
    {
        var contentRange = range
            .Replace("{last}", (Content.Length - 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{total}", Content.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var header = contentRange.Length == 0 ? "" : $"Content-Range: {contentRange}\r\n";

        await AssertFailsTransientlyAsync(Source.On("/part", exchange => exchange.AnswerAsync("206 Partial Content", $"Content-Type: video/mp4\r\n{header}", Content)), "UnexpectedAnswer");
    }

    [Theory]
    [InlineData("aws-chunked")]
    [InlineData("utf-8")]
    [InlineData("binary")]
    [InlineData("none")]
    [InlineData("aws-chunked, identity")]
    public async Task An_encoding_that_does_not_compress_is_dropped(string encoding)
    {
        var page = "<!DOCTYPE html><p>Expired"u8.ToArray();
        await AssertFailsPermanentlyAsync(
            Source.On("/coded", exchange => exchange.AnswerAsync("200 OK", $"Content-Type: video/mp4\r\nContent-Encoding: {encoding}\r\n", page)), "WrongContent");

        Bench.NewEvent();
        await AssertStoredAsync(
            Source.On("/coded", exchange => exchange.AnswerAsync("200 OK", $"Content-Type: video/mp4\r\nContent-Encoding: {encoding}\r\n", Content)), Content);
        Assert.Equal(("video/mp4", null), ((await Bench.PropertiesAsync()).ContentType, (await Bench.PropertiesAsync()).ContentEncoding));
        Assert.EndsWith(".mp4", (await Bench.RowAsync()).Blob, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encoding_that_compresses_is_kept_among_others_that_do_not()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(Content, TestContext.Current.CancellationToken);
        }

        await AssertStoredAsync(
            Source.On("/both", exchange => exchange.AnswerAsync("200 OK", "Content-Encoding: x-gzip, aws-chunked\r\n", packed.ToArray())), packed.ToArray());

        Assert.Equal(("video/mp4", "gzip"), ((await Bench.PropertiesAsync()).ContentType, (await Bench.PropertiesAsync()).ContentEncoding));
    }

    [Theory]
    [InlineData("900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("none")]
    [InlineData("W/abc")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("!!!")]
    [InlineData("\"1B2M2Y8AsgTpgAmY7PhCfg==\"")]
    public async Task A_declared_hash_that_is_not_an_MD5_is_ignored(string md5)
    {
        await AssertStoredAsync(Source.On("/hash", exchange => exchange.AnswerAsync("200 OK", $"Content-Type: video/mp4\r\nContent-MD5: {md5}\r\n", Content)), Content);

        Assert.Equal(SampleMedia.Md5(Content), (await Bench.PropertiesAsync()).ContentHash);
    }

    [Theory]
    [InlineData("/lora.safetensors", "", ".safetensors")]
    [InlineData("/files/LORA.SAFETENSORS?sig=a.mp4", "", ".safetensors")]
    [InlineData("/file", "Content-Disposition: attachment; filename=\"lora.safetensors\"\r\n", ".safetensors")]
    [InlineData("/file.bin", "Content-Disposition: attachment; filename*=UTF-8''%E6%97%A5.safetensors\r\n", ".safetensors")]
    [InlineData("/file", "Content-Disposition: attachment; filename=lora.safetensors; x=\r\n", ".bin")]
    [InlineData("/file", "", ".bin")]
    [InlineData("/song", "Content-Type: audio/midi\r\n", ".mid")]
    public async Task A_blob_gets_the_extension_that_the_source_or_the_link_names(string path, string headers, string extension)
    {
        byte[] bytes = [0, 1, 2, 3, 4, 5, 6, 7];
        Source.On(path.Split('?')[0], exchange => exchange.AnswerAsync("200 OK", headers, bytes));

        await AssertStoredAsync(Source.Url(path), bytes);

        Assert.EndsWith("/video" + extension, (await Bench.RowAsync()).Blob, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_gets_the_extension_of_the_redirects_target_if_the_first_link_has_none()
    {
        byte[] bytes = [0, 1, 2, 3, 4, 5, 6, 7];
        Source.On("/result", exchange => exchange.AnswerAsync("302 Found", "Location: /store/scene.npz?sig=1\r\n"));
        Source.On("/store/scene.npz", exchange => exchange.AnswerAsync("200 OK", "", bytes));

        await AssertStoredAsync(Source.Url("/result"), bytes);

        Assert.EndsWith(".npz", (await Bench.RowAsync()).Blob, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("400 Bad Request", true)]
    [InlineData("401 Unauthorized", true)]
    [InlineData("403 Forbidden", true)]
    [InlineData("405 Method Not Allowed", true)]
    [InlineData("412 Precondition Failed", true)]
    [InlineData("416 Range Not Satisfiable", true)]
    [InlineData("500 Internal Server Error", true)]
    [InlineData("501 Not Implemented", true)]
    [InlineData("505 HTTP Version Not Supported", true)]
    [InlineData("404 Not Found", false)]
    [InlineData("410 Gone", false)]
    [InlineData("429 Too Many Requests", false)]
    [InlineData("503 Service Unavailable", false)]
    public async Task A_source_that_refuses_the_range_gets_one_request_for_the_whole(string status, bool isWholeRequested)
    {
        var plain = 0;
        var url = Source.On("/ranged", async exchange =>
        {
            if (exchange.Request.RangeFrom is not null)
            {
                await exchange.AnswerAsync(status);
                return;
            }

            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(plain++ == 0 ? Content.AsMemory(0, 150_000) : Content);
            if (plain == 1)
            {
                exchange.Reset();
            }
        });
        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(await Bench.AnnounceAsync(url)));
        Assert.Equal(AssetState.Retrying, (await Bench.RowAsync()).State);

        Assert.IsType<Settlement.Complete>(await Bench.DeliverAsync(Bench.Next()));

        Assert.Equal(isWholeRequested ? [false, true, false] : [false, true], Source.Requests.Select(request => request.RangeFrom is not null));
        Assert.Equal(isWholeRequested ? AssetState.Stored : AssetState.Retrying, (await Bench.RowAsync()).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_drops_the_connection_on_a_range_gets_one_request_for_the_whole(bool isReset)
    {
        var plain = 0;
        var url = Source.On("/dropping", async exchange =>
        {
            if (exchange.Request.RangeFrom is null)
            {
                await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Length: {Content.Length}\r\n\r\n");
                await exchange.SendAsync(plain++ == 0 ? Content.AsMemory(0, 150_000) : Content);
            }

            if (exchange.Request.RangeFrom is not null || plain == 1)
            {
                if (isReset)
                {
                    exchange.Reset();
                }

                exchange.Close();
            }
        });
        await Bench.DeliverAsync(await Bench.AnnounceAsync(url));
        Assert.Equal(AssetState.Retrying, (await Bench.RowAsync()).State);

        await Bench.DeliverAsync(Bench.Next());

        // If a connection ends before the first byte of an answer, the HTTP handler itself repeats the request a few times.
        var isRanged = Source.Requests.Select(request => request.RangeFrom is not null).ToList();
        Assert.Equal(2, isRanged.Count(ranged => !ranged));
        Assert.Equal((false, true, false), (isRanged[0], isRanged[1], isRanged[^1]));
        Assert.Equal((AssetState.Stored, SampleMedia.Sha256(Content)), ((await Bench.RowAsync()).State, (await Bench.RowAsync()).Sha256));
    }

    [Fact]
    public async Task A_source_that_refuses_everything_gets_at_most_one_request_for_the_whole_in_each_attempt()
    {
        var first = true;
        var url = Source.On("/refusing", async exchange =>
        {
            if (!first)
            {
                await exchange.AnswerAsync("403 Forbidden");
                return;
            }

            first = false;
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: \"v1\"\r\nContent-Length: {Content.Length}\r\n\r\n");
            await exchange.SendAsync(Content.AsMemory(0, 150_000));
            exchange.Reset();
        });
        await Bench.DeliverAsync(await Bench.AnnounceAsync(url));

        await Bench.DeliverAsync(Bench.Next());

        Assert.Equal(3, Source.Requests.Count);
        Assert.Equal("Forbidden", (await Bench.RowAsync()).ErrorCode);
    }
}
