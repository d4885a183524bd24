using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Storage;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Telemetry;

/// <summary>Tests that an outage is logged in a few lines, regardless of the number of failed requests.</summary>
public sealed class OutageLogTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));
    private readonly CapturedLogs _logs = new();
    private readonly OutageLog _outage;

    public OutageLogTests() => _outage = new OutageLog("Storage", _clock, _logs.CreateLogger("Outages"));

    private IReadOnlyList<string> Lines => [.. _logs.Lines.Select(line => $"{line.Level}: {line.Text.Trim()}")];

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void An_outage_is_logged_when_it_begins_once_a_minute_and_when_it_is_over()
    {
        _outage.Succeeded();
        for (var second = 0; second < 150; second++)
        {
            // Ten requests fail in each second.
            for (var i = 0; i < 10; i++)
            {
                _outage.Failed("SocketException (ConnectionRefused)");
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(_outage.IsOngoing);
        _clock.Advance(OutageLog.QuietTime);
        _outage.Succeeded();
        _outage.Succeeded();

        Assert.False(_outage.IsOngoing);
        Assert.Equal(
            [
                "Error: Storage is unavailable (SocketException (ConnectionRefused)). Requests to it are retried; a line a minute follows until it is available again",
                "Error: Storage is still unavailable (SocketException (ConnectionRefused)), since 2026-11-26T12:00:00.0000000+00:00; 601 requests have failed",
                "Error: Storage is still unavailable (SocketException (ConnectionRefused)), since 2026-11-26T12:00:00.0000000+00:00; 1201 requests have failed",
                "Warning: Storage is available again. 1500 requests had failed within 149 seconds",
            ],
            Lines);
    }

    [Fact]
    public void A_success_among_failures_does_not_end_an_outage()
    {
        for (var i = 0; i < 30; i++)
        {
            _outage.Failed("TaskCanceledException");
            _clock.Advance(TimeSpan.FromSeconds(1));
            _outage.Succeeded();
        }

        Assert.True(_outage.IsOngoing);
        Assert.Single(Lines);
    }

    [Fact]
    public void Outages_that_follow_each_other_within_a_minute_are_logged_at_most_twice_in_it()
    {
        for (var i = 0; i < 6; i++)
        {
            _outage.Failed("RequestFailedException (503)");
            _clock.Advance(OutageLog.QuietTime);
            _outage.Succeeded();
            _clock.Advance(TimeSpan.FromSeconds(4));
        }

        Assert.Equal(2, Lines.Count);
    }

    [Fact]
    public void A_part_that_never_failed_has_no_line()
    {
        _outage.Succeeded();

        Assert.Empty(Lines);
    }

    [Theory]
    [InlineData("503 Server Busy", true)]
    [InlineData("500 Oops", true)]
    [InlineData("403 Forbidden", true)]
    [InlineData("404 Not Found", false)]
    [InlineData("409 Conflict", false)]
    [InlineData("412 Changed", false)]
    public async Task The_status_of_an_answer_determines_whether_storage_is_unavailable(string status, bool isOutage)
    {
        await using var server = new HostileServer();
        server.DefaultScript = exchange => exchange.AnswerAsync(status);

        await Assert.ThrowsAnyAsync<Exception>(() => Table(server.Url("/a")).GetEntityAsync<TableEntity>("a", "b", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(isOutage, _outage.IsOngoing);
        Assert.DoesNotContain(Lines, line => line.Contains("127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_is_unavailable()
    {
        await Assert.ThrowsAnyAsync<Exception>(
            () => Table("http://127.0.0.1:1/a").GetEntityAsync<TableEntity>("a", "b", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("Error: Storage is unavailable (SocketException (ConnectionRefused))", Assert.Single(Lines).Split('.')[0]);
    }

    [Fact]
    public async Task A_cancelled_request_does_not_count_as_an_outage()
    {
        var requested = new TaskCompletionSource();
        await using var server = new HostileServer();
        server.DefaultScript = exchange =>
        {
            requested.TrySetResult();
            return Task.Delay(Timeout.Infinite, exchange.Stopping);
        };
        using var caller = new CancellationTokenSource();

        var asking = Table(server.Url("/a")).GetEntityAsync<TableEntity>("a", "b", cancellationToken: caller.Token);
        await requested.Task.WaitAsync(Eventually.MaxWait, TestContext.Current.CancellationToken);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.False(_outage.IsOngoing);
    }

    private TableClient Table(string endpoint)
    {
        var options = new TableClientOptions { Retry = { MaxRetries = 0 } };
        options.AddPolicy(new OutagePolicy(_outage), HttpPipelinePosition.PerRetry);
        return new TableServiceClient(
            $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={Convert.ToBase64String(new byte[32])};TableEndpoint={endpoint}", options).GetTableClient("t");
    }
}
