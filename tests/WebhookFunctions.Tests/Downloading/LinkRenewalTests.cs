using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of links that expire, and of their renewal by the provider's API.</summary>
public sealed class LinkRenewalTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Content = SampleMedia.Mp4(20_000);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly HostileServer _source = new();
    private AssetBench _bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await AssetBench.CreateAsync(azurite, replace: services => services.AddSingleton<TimeProvider>(_clock));
        _source.DefaultScript = exchange => IsAlive(exchange.Request)
            ? exchange.ServeAsync(Content, "video/mp4", "\"v1\"")
            : exchange.AnswerAsync("403 Forbidden");
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task Two_hundred_jobs_whose_links_live_for_a_second_are_stored_with_one_call_each()
    {
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", Link(job)));
        var messages = new List<AssetMessage>();
        for (var i = 0; i < 200; i++)
        {
            _bench.NewEvent();
            var job = $"job-{i}-{_bench.JobId}";
            messages.Add(await _bench.AnnounceAsync(Link(job)) with { JobId = job });
        }

        // The time spent waiting in the queue.
        _clock.Advance(TimeSpan.FromSeconds(90));
        await Parallel.ForEachAsync(messages, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel }, async (message, _) =>
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message)));

        Assert.Equal(200, _calls.Count);
        Assert.All(_calls.Values, calls => Assert.Equal(1, calls));
        foreach (var message in messages)
        {
            Assert.Equal(AssetState.Stored, (await _bench.Events.FindAssetAsync(message.Event.PartitionKey, message.Row, Cancel))?.State);
        }

        Assert.Empty(_bench.Queue.Sent);
        Assert.Equal(400, _source.Requests.Count);
    }

    [Fact]
    public async Task The_assets_of_a_job_share_one_call()
    {
        var answer = new TaskCompletionSource();
        var apiCalled = new TaskCompletionSource();
        _bench.Provider.Renew = async job =>
        {
            apiCalled.TrySetResult();
            await answer.Task;
            return await AnswerAsync(job, ("video", Link("a")), ("thumbnail", Link("b")));
        };
        var video = await _bench.AnnounceAsync(Link("a"));
        _bench.NewEvent();
        var thumbnail = await _bench.AnnounceAsync(new AssetSource { Name = "thumbnail", Url = Link("b") });
        _clock.Advance(TimeSpan.FromMinutes(1));

        var first = _bench.DeliverAsync(video);
        await apiCalled.Task.WaitAsync(Eventually.MaxWait, Cancel);
        var second = _bench.DeliverAsync(thumbnail);
        answer.SetResult();

        Assert.IsType<Settlement.Complete>(await first);
        Assert.IsType<Settlement.Complete>(await second);
        Assert.Equal(1, Assert.Single(_calls).Value);
        Assert.Empty(_bench.Queue.Sent);
    }

    [Fact]
    public async Task A_shared_answer_whose_link_has_expired_too_is_requested_again()
    {
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", Link("a")));
        var renewals = _bench.Get<LinkRenewals>();
        var message = await _bench.AnnounceAsync(Link("a"));
        var first = Assert.IsType<LinkRenewal.Renewed>(await renewals.RenewAsync(message, _bench.Provider, Cancel));
        Assert.Equal(1, _calls[_bench.JobId]);

        _clock.Advance(TimeSpan.FromSeconds(5));
        var shared = Assert.IsType<LinkRenewal.Renewed>(await renewals.RenewAsync(message, _bench.Provider, Cancel));
        Assert.NotEqual(message.Source.Url, shared.Source.Url);
        var again = Assert.IsType<LinkRenewal.Renewed>(await renewals.RenewAsync(message with { Source = first.Source }, _bench.Provider, Cancel));

        Assert.NotEqual(first.Source.Url, again.Source.Url);
        Assert.InRange(_calls[_bench.JobId], 2, 3);
    }

    [Theory]
    [InlineData("401 Unauthorized")]
    [InlineData("403 Forbidden")]
    [InlineData("410 Gone")]
    public async Task A_refused_link_is_renewed_at_once(string status)
    {
        var isRenewed = false;
        var refusedLink = _source.On("/refused", exchange => exchange.AnswerAsync(status));
        _bench.Provider.Renew = job =>
        {
            isRenewed = true;
            return AnswerAsync(job, ("video", _source.Serve("/renewed", Content)));
        };

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(await _bench.AnnounceAsync(refusedLink)));

        Assert.True(isRenewed);
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
        Assert.Equal(["/refused", "/renewed"], _source.Requests.Select(request => request.Path));
    }

    [Theory]
    [InlineData("404 Not Found", "NotFound")]
    [InlineData("409 Conflict", "NotReady")]
    [InlineData("423 Locked", "NotReady")]
    public async Task A_file_that_is_not_found_is_retried_for_a_minute_and_its_link_is_then_renewed(string status, string code)
    {
        var missing = _source.On("/missing", exchange => exchange.AnswerAsync(status));
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", _source.Serve("/renewed", Content)));
        var message = await _bench.AnnounceAsync(missing);
        for (var i = 0; _clock.GetUtcNow() - message.ReceivedAt < TimeSpan.FromMinutes(1); i++)
        {
            Assert.True(i < 60);
            Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
            Assert.Equal((AssetState.Retrying, code), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).ErrorCode));
            Assert.Empty(_calls);
            var at = _bench.Queue.Sent[^1].ScheduledEnqueueTime;
            Assert.InRange(at - _clock.GetUtcNow(), TimeSpan.Zero, RetryPolicy.LongestShortWait);
            _clock.SetUtcNow(at);
            message = _bench.Next();
        }

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
        Assert.Equal(1, Assert.Single(_calls).Value);
    }

    [Theory]
    [InlineData("401 Unauthorized", "Unauthorized")]
    [InlineData("403 Forbidden", "Forbidden")]
    [InlineData("404 Not Found", "NotFound")]
    [InlineData("409 Conflict", "NotReady")]
    [InlineData("410 Gone", "Gone")]
    [InlineData("423 Locked", "NotReady")]
    public async Task Without_an_API_the_file_is_retried_for_the_first_minutes_and_the_row_names_the_setting_that_would_have_helped(string status, string code)
    {
        _bench.Provider.MissingSetting = "THE_KEY";
        var message = await _bench.AnnounceAsync(_source.On("/refused", exchange => exchange.AnswerAsync(status)));
        var attempts = 1;
        Settlement settlement;
        while ((settlement = await _bench.DeliverAsync(message)) is Settlement.Complete)
        {
            Assert.True(attempts++ < 1000);
            _clock.SetUtcNow(_bench.Queue.Sent[^1].ScheduledEnqueueTime);
            message = _bench.Next();
        }

        var letter = Assert.IsType<Settlement.DeadLetter>(settlement);
        var row = await _bench.RowAsync();
        Assert.Equal((code, AssetState.Failed, code), (letter.Reason, row.State, row.ErrorCode));
        Assert.Contains("With THE_KEY set", row.LastError, StringComparison.Ordinal);
        Assert.InRange(_clock.GetUtcNow() - message.ReceivedAt, RetryPolicy.FirstMinutes, RetryPolicy.FirstMinutes + RetryPolicy.LongestShortWait);
        Assert.Equal(attempts, _source.Requests.Count);
    }

    [Fact]
    public async Task A_file_that_appears_within_the_first_minutes_is_stored()
    {
        var url = _source.On("/late", exchange => exchange.AnswerAsync("200 OK", "Content-Type: application/json\r\n", "{\"status\":\"processing\"}"u8.ToArray()));
        await _bench.DeliverAsync(await _bench.AnnounceAsync(url));
        Assert.Equal((AssetState.Retrying, "NotReady"), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).ErrorCode));

        _source.Serve("/late", Content);
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));

        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task A_link_is_renewed_at_most_five_times()
    {
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", _source.Url("/refused")));
        _source.On("/refused", exchange => exchange.AnswerAsync("403 Forbidden"));
        var message = await _bench.AnnounceAsync(_source.Url("/refused"));
        Settlement settlement;
        while ((settlement = await _bench.DeliverAsync(message)) is Settlement.Complete)
        {
            _clock.SetUtcNow(_bench.Queue.Sent[^1].ScheduledEnqueueTime);
            message = _bench.Next();
        }

        Assert.Equal("Forbidden", Assert.IsType<Settlement.DeadLetter>(settlement).Reason);
        Assert.Contains("asked for a new link 5 times", (await _bench.RowAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(RetryPolicy.MaxRenewals, Assert.Single(_calls).Value);
    }

    [Fact]
    public async Task A_call_of_an_unavailable_API_does_not_count_as_a_renewal()
    {
        _bench.Provider.Renew = _ => throw new HttpRequestException("away", null, HttpStatusCode.ServiceUnavailable);
        var message = await _bench.AnnounceAsync(_source.On("/refused", exchange => exchange.AnswerAsync("403 Forbidden")));

        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));

        Assert.Equal((AssetState.Retrying, "Unreachable"), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).ErrorCode));
        Assert.Equal((1, 0), (_bench.Next().Attempt, _bench.Next().Renewals));

        _bench.Provider.Renew = job => AnswerAsync(job, ("video", _source.Serve("/renewed", Content)));
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));
        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
    }

    [Fact]
    public async Task The_row_shows_what_the_API_answered_instead_of_a_link()
    {
        _bench.Provider.Renew = _ => Task.FromResult<Confirmation>(new Confirmation.Denied("The provider's API knows no such job (404)."));

        await _bench.DeliverAsync(await _bench.AnnounceAsync(_source.On("/refused", exchange => exchange.AnswerAsync("410 Gone"))));

        Assert.Contains("knows no such job (404)", (await _bench.RowAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unconfirmed_event_causes_no_call_and_no_request_with_a_key()
    {
        _bench.Provider.Hosts = ["127.0.0.1"];
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", _source.Serve("/renewed", Content)));

        await _bench.DeliverAsync(await _bench.AnnounceAsync(_source.On("/refused", exchange => exchange.AnswerAsync("403 Forbidden")), Assurance.Unconfirmed));

        Assert.Empty(_calls);
        Assert.Equal(AssetState.Retrying, (await _bench.RowAsync()).State);
    }

    [Theory]
    [InlineData("http://localhost:9/x", "InvalidLink")]
    [InlineData("https://169.254.169.254/latest/meta-data", "BlockedAddress")]
    [InlineData("https://user:password@cdn.example/x", "InvalidLink")]
    public async Task A_renewed_link_is_checked_like_any_link(string link, string code)
    {
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", link));

        var settlement = await _bench.DeliverAsync(await _bench.AnnounceAsync(_source.On("/refused", exchange => exchange.AnswerAsync("403 Forbidden"))));

        Assert.Equal(code, Assert.IsType<Settlement.DeadLetter>(settlement).Reason);
    }

    [Fact]
    public async Task No_attempt_is_made_once_the_provider_has_removed_the_result()
    {
        _bench.Provider.Life = TimeSpan.FromHours(1);
        _bench.Provider.Renew = job => AnswerAsync(job, ("video", _source.Serve("/renewed", Content)));
        var message = await _bench.AnnounceAsync(_source.On("/refused", exchange => exchange.AnswerAsync("404 Not Found")));
        _clock.Advance(TimeSpan.FromMinutes(61));

        var letter = Assert.IsType<Settlement.DeadLetter>(await _bench.DeliverAsync(message));

        Assert.Contains("keeps results for 1 hour", letter.Description, StringComparison.Ordinal);
        Assert.Empty(_calls);
    }

    [Fact]
    public async Task A_manifest_without_results_is_fetched_again_and_replaced_by_a_complete_one()
    {
        var named = 0;
        _bench.Provider.Manifest = _ => Enumerable.Range(0, named).Select(i => new AssetSource { Name = $"a{i}", Url = _source.Serve($"/a{i}", Content) }).ToAsyncEnumerable();
        var url = _source.Serve("/manifest", "{\"early\":true}"u8.ToArray(), "application/json");
        var message = await _bench.AnnounceAsync(new AssetSource { Name = "manifest", Url = url, Kind = AssetKind.Document, Expands = true });
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(message));
        Assert.Equal((AssetState.Retrying, "NoResult"), ((await _bench.RowAsync()).State, (await _bench.RowAsync()).ErrorCode));

        named = 2;
        _source.Serve("/manifest", "{\"whole\":true}"u8.ToArray(), "application/json", "\"v2\"");
        Assert.IsType<Settlement.Complete>(await _bench.DeliverAsync(_bench.Next()));

        Assert.Equal(AssetState.Stored, (await _bench.RowAsync()).State);
        Assert.Equal("{\"whole\":true}"u8.ToArray(), await _bench.BytesAsync());
        Assert.Equal(3, (await _bench.EventAsync()).AssetsTotal);
    }

    [Fact]
    public async Task A_manifest_that_stays_without_results_is_a_failure_with_that_reason()
    {
        _bench.Provider.Manifest = _ => AsyncEnumerable.Empty<AssetSource>();
        var url = _source.Serve("/manifest", "{}"u8.ToArray(), "application/json");
        var message = await _bench.AnnounceAsync(new AssetSource { Name = "manifest", Url = url, Kind = AssetKind.Document, Expands = true });
        Settlement settlement;
        while ((settlement = await _bench.DeliverAsync(message)) is Settlement.Complete)
        {
            _clock.SetUtcNow(_bench.Queue.Sent[^1].ScheduledEnqueueTime);
            message = _bench.Next();
        }

        Assert.Equal("NoResult", Assert.IsType<Settlement.DeadLetter>(settlement).Reason);
        Assert.Equal(EventState.CompletedWithFailures, (await _bench.EventAsync()).State);
        Assert.Contains("contains no result", (await _bench.RowAsync()).LastError, StringComparison.Ordinal);
    }

    /// <summary>Returns a link that expires after a second.</summary>
    private string Link(string path) => _source.Url(string.Create(CultureInfo.InvariantCulture, $"/{path}.mp4?issued={_clock.GetUtcNow().ToUnixTimeMilliseconds()}"));

    private bool IsAlive(ServedRequest request) =>
        long.Parse(request.Target.Split("issued=")[1], CultureInfo.InvariantCulture) + 1000 >= _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private Task<Confirmation> AnswerAsync(string job, params (string Name, string Link)[] assets)
    {
        _calls.AddOrUpdate(job, 1, (_, calls) => calls + 1);
        return Task.FromResult(Confirmation.Confirmed(new GenerationEvent
        {
            EventType = "test",
            JobId = job,
            Status = JobStatus.Succeeded,
            Assets = [.. assets.Select(asset => new AssetSource { Name = asset.Name, Url = asset.Link })],
        }));
    }
}
