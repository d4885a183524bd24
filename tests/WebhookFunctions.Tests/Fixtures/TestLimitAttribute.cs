using System.Collections.Concurrent;
using System.Reflection;
using WebhookFunctions.Tests.Fixtures;
using Xunit.v3;

[assembly: TestLimit]

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// Attribute that cancels the token of a test that takes longer than any successful test. A test whose wait never ends then fails,
/// and the run continues. Explicit tests set their own limits.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class TestLimitAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private readonly ConcurrentDictionary<string, Timer> _timers = [];

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!test.TestCase.Explicit)
        {
            var context = TestContext.Current;
            _timers[test.UniqueID] = new Timer(_ => context.CancelCurrentTest(), null, Limit, Timeout.InfiniteTimeSpan);
        }
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_timers.TryRemove(test.UniqueID, out var timer))
        {
            timer.Dispose();
        }
    }
}
