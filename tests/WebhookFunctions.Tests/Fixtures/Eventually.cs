using System.Diagnostics;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Bounded waits for a state that another process or thread leads to.</summary>
internal static class Eventually
{
    /// <summary>The maximum wait, which is far longer than any successful wait takes.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns the first value for which <paramref name="isExpected"/> is true.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> isExpected, string what)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (isExpected(value))
            {
                return value;
            }

            Assert.True(waited.Elapsed < MaxWait, $"{what}: not reached within {MaxWait.TotalSeconds} s. The last value was {value}.");
            await Task.Delay(PollInterval, TestContext.Current.CancellationToken);
        }
    }

    public static Task TrueAsync(Func<Task<bool>> read, string what) => GetAsync(read, isTrue => isTrue, what);
}
