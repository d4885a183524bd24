using System.Diagnostics;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Waits for what another process or thread brings about, for a bounded time.</summary>
internal static class Eventually
{
    /// <summary>Far longer than anything takes that works.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>The first value that <paramref name="isThere"/> takes.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T>> look, Func<T, bool> isThere, string what)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var value = await look();
            if (isThere(value))
            {
                return value;
            }

            Assert.True(waited.Elapsed < Patience, $"{what} did not come about within {Patience.TotalSeconds} s; last seen: {value}.");
            await Task.Delay(Poll, TestContext.Current.CancellationToken);
        }
    }

    public static Task TrueAsync(Func<Task<bool>> look, string what) => GetAsync(look, isTrue => isTrue, what);
}
