using System.Net;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

public sealed class TimersTests
{
    [Fact]
    public async Task A_timer_function_runs_at_its_scheduled_times_and_not_at_the_start()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 2, 0, TimeSpan.Zero));
        await using var host = await SampleHost.StartAsync(options => options with { TimeProvider = clock });
        Assert.Equal("0", await host.GetTextAsync("/api/Ticks"));

        clock.Advance(TimeSpan.FromMinutes(3));

        await host.LoggedAsync(line => line.Text.Contains("next at 2026-01-01 12:10:00Z, past due: False", StringComparison.Ordinal), "The first run");
        Assert.Equal("1", await host.GetTextAsync("/api/Ticks"));
    }

    [Fact]
    public async Task A_timer_function_can_be_run_on_demand()
    {
        await using var host = await SampleHost.StartAsync(options => options with { TimeProvider = new FakeTimeProvider() });

        Assert.Null(await host.App.RunTimerAsync("tick", BoundedTest.Token));
        Assert.Equal("1", await host.GetTextAsync("/api/Ticks"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.App.RunTimerAsync("Settle", BoundedTest.Token));
    }

    [Theory]
    [InlineData("Tick", HttpStatusCode.Accepted, "1")]
    [InlineData("Echo", HttpStatusCode.NotFound, "0")]
    [InlineData("Nothing", HttpStatusCode.NotFound, "0")]
    public async Task A_timer_function_can_be_run_by_the_admin_route(string name, HttpStatusCode status, string runs)
    {
        await using var host = await SampleHost.StartAsync(options => options with { TimeProvider = new FakeTimeProvider() });
        using var answer = await host.Http.PostAsync(new Uri($"/admin/functions/{name}", UriKind.Relative), content: null, BoundedTest.Token);

        Assert.Equal(status, answer.StatusCode);
        await Eventually.GetAsync(() => host.GetTextAsync("/api/Ticks"), seen => seen == runs, "The run");
    }
}
