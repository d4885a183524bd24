using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Providers.Api;

namespace WebhookFunctions.Tests.Providers;

public sealed class BoundedCallsTests
{
    private readonly FakeTimeProvider _clock = new(ProviderBench.Now);
    private readonly BoundedCalls _calls;
    private readonly List<(string Job, DateTimeOffset At)> _requests = [];

    public BoundedCallsTests() => _calls = new BoundedCalls(_clock);

    [Fact]
    public async Task A_job_is_requested_once_in_ten_seconds_and_the_answer_is_shared()
    {
        var answers = new List<ApiAnswer>();
        for (var second = 0; second < 25; second++)
        {
            answers.Add(await AskAsync("job"));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([0, 10, 20], _requests.Select(call => (call.At - ProviderBench.Now).TotalSeconds));
        Assert.Equal(3, answers.Distinct().Count());
    }

    [Fact]
    public async Task A_failure_is_shared_like_an_answer()
    {
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => _calls.AskAsync("job", Event(), Fail, TestContext.Current.CancellationToken));
        }

        Assert.Single(_requests);
        _clock.Advance(BoundedCalls.SharedFor);
        Assert.NotNull((await AskAsync("job")).Fields);

        Task<ApiAnswer> Fail()
        {
            Record("job");
            throw new HttpRequestException("away");
        }
    }

    [Fact]
    public async Task Concurrent_events_wait_for_one_answer_and_none_of_them_can_cancel_it()
    {
        var answer = new TaskCompletionSource<ApiAnswer>();
        using var cancellation = new CancellationTokenSource();

        var first = _calls.AskAsync("job", Event(), Ask, cancellation.Token);
        var others = Enumerable.Range(0, 20).Select(_ => _calls.AskAsync("job", Event(), Ask, TestContext.Current.CancellationToken)).ToList();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult(new ApiAnswer.Denied("No."));

        Assert.All(await Task.WhenAll(others), shared => Assert.Equal("No.", shared.Denial));
        Assert.Single(_requests);

        Task<ApiAnswer> Ask()
        {
            Record("job");
            return answer.Task;
        }
    }

    [Fact]
    public async Task One_token_causes_ten_calls_a_minute_and_the_other_events_get_turns_in_order()
    {
        var turns = new List<TimeSpan?>();
        for (var i = 0; i < 13; i++)
        {
            turns.Add((await AskAsync($"job-{i}", "token")).Turn);
        }

        Assert.Equal(10, _requests.Count);
        Assert.Equal(
            [.. Enumerable.Repeat<double?>(null, 10), 60, 66, 72], turns.Select(turn => turn?.TotalSeconds));

        // Events with another token or without one are not delayed.
        Assert.Null((await AskAsync("other", "other")).Turn);
        Assert.Null((await AskAsync("none")).Turn);

        // A new event gets a turn after those that wait, and an event whose turn has come gets its call.
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(18, (await AskAsync("newcomer", "token")).Turn?.TotalSeconds);
        Assert.Null((await AskAsync("job-10", "token", waits: 1)).Turn);
    }

    [Fact]
    public async Task An_API_gets_sixty_calls_in_any_minute_and_every_event_its_turn()
    {
        // 300 events at once, each of which returns at its turn.
        var due = new PriorityQueue<(string Job, int Waits), DateTimeOffset>();
        for (var i = 0; i < 300; i++)
        {
            due.Enqueue(($"job-{i}", 0), ProviderBench.Now);
        }

        while (due.TryDequeue(out var next, out var at))
        {
            _clock.Advance(at > _clock.GetUtcNow() ? at - _clock.GetUtcNow() : TimeSpan.Zero);
            if ((await AskAsync(next.Job, waits: next.Waits)).Turn is { } turn)
            {
                Assert.True(turn > TimeSpan.Zero);
                due.Enqueue((next.Job, next.Waits + 1), _clock.GetUtcNow() + turn);
            }
        }

        Assert.Equal(300, _requests.Select(call => call.Job).Distinct().Count());
        Assert.Equal(300, _requests.Count);
        for (var i = BoundedCalls.MaxCalls; i < _requests.Count; i++)
        {
            Assert.True(_requests[i].At - _requests[i - BoundedCalls.MaxCalls].At >= BoundedCalls.Window);
        }

        Assert.InRange(_clock.GetUtcNow() - ProviderBench.Now, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
    }

    [Fact]
    public async Task A_call_that_exceeds_the_APIs_limit_does_not_count_for_the_token()
    {
        for (var i = 0; i < BoundedCalls.MaxCalls; i++)
        {
            await AskAsync($"job-{i}");
        }

        Assert.NotNull((await AskAsync("refused", "token")).Turn);
        _clock.Advance(BoundedCalls.Window);
        for (var i = 0; i < BoundedCalls.MaxCallsPerCredential; i++)
        {
            Assert.Null((await AskAsync($"later-{i}", "token", waits: 1)).Turn);
        }
    }

    private Task<ApiAnswer> AskAsync(string job, string? credential = null, int waits = 0) => _calls.AskAsync(
        job,
        Event() with { Credential = credential, Waits = waits },
        async () =>
        {
            Record(job);
            return new ApiAnswer.Found(await JsonFields.ReadAsync(new MemoryStream("{}"u8.ToArray()), ["a"], CancellationToken.None));
        },
        TestContext.Current.CancellationToken);

    private void Record(string job)
    {
        lock (_requests)
        {
            _requests.Add((job, _clock.GetUtcNow()));
        }
    }

    private static ReceivedEvent Event() => ProviderBench.Received("gemini", "{}", SignatureCoverage.SenderOnly);
}
