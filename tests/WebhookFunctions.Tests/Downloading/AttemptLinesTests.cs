using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests that a failed attempt at an asset is one line, which says what was requested and what follows.</summary>
public sealed class AttemptLinesTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly HostileServer _source = new();
    private readonly CapturedLogs _logs = new();
    private AssetBench _bench = null!;

    private IReadOnlyList<string> Lines => [.. _logs.Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text.Trim())];

    public async ValueTask InitializeAsync() =>
        _bench = await AssetBench.CreateAsync(
            azurite,
            // An unconfirmed link may begin there only if it is named.
            new Dictionary<string, string?> { ["Assets:AllowedHosts"] = "127.0.0.1" },
            services => services.AddSingleton<ILoggerProvider>(_logs));

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Theory]
    [InlineData(Assurance.Signed)]
    [InlineData(Assurance.Unconfirmed)]
    public async Task An_attempt_that_is_repeated_names_event_asset_host_reason_and_the_next_attempt(Assurance assurance)
    {
        await _bench.DeliverAsync(await _bench.AnnounceAsync(_source.On("/v.mp4", exchange => exchange.AnswerAsync("500 Internal Server Error")) + "?token=secret", assurance));

        var row = await _bench.RowAsync();
        Assert.Equal(
            $"Event {_bench.Key.PartitionKey}, asset video at 127.0.0.1: attempt 1 failed (ServerError), the next is at {row.NextAttemptAt:O}. 127.0.0.1 answered 500.",
            Assert.Single(Lines));
    }

    [Fact]
    public async Task The_last_attempt_at_an_unconfirmed_asset_is_a_line_because_it_has_no_dead_letter()
    {
        var settlement = await _bench.DeliverAsync(await _bench.AnnounceAsync(Page(), Assurance.Unconfirmed));

        Assert.IsType<Settlement.Complete>(settlement);
        Assert.StartsWith(
            $"Event {_bench.Key.PartitionKey}, asset video at 127.0.0.1: attempt 1 failed ({(await _bench.RowAsync()).ErrorCode}), and was the last. ",
            Assert.Single(Lines),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_attempt_at_a_proven_asset_is_no_line_because_its_dead_letter_is_one()
    {
        Assert.IsType<Settlement.DeadLetter>(await _bench.DeliverAsync(await _bench.AnnounceAsync(Page())));

        Assert.Empty(Lines);
    }

    // A page instead of a file is a permanent failure.
    private string Page() => _source.Serve("/page", "<!DOCTYPE html><html><body>Please sign in.</body></html>"u8.ToArray(), "text/html");
}
