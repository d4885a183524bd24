using System.Runtime.CompilerServices;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// The token of the test that runs, which is cancelled also when the test has taken longer than anything takes that works: what waits for
/// something that never comes then fails its own test, and does not hold up the run.
/// </summary>
internal static class BoundedTest
{
    private static readonly ConditionalWeakTable<object, CancellationTokenSource> Bounds = [];

    public static CancellationToken Token
    {
        get
        {
            var context = TestContext.Current;
            return context.Test is { } test ? Bounds.GetValue(test, _ => Bound(context.CancellationToken)).Token : context.CancellationToken;
        }
    }

    private static CancellationTokenSource Bound(CancellationToken run)
    {
        var bound = CancellationTokenSource.CreateLinkedTokenSource(run);
        bound.CancelAfter(Eventually.Patience);
        return bound;
    }
}
