using System.Runtime.CompilerServices;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// The token of the running test, which is also cancelled when the test has taken longer than any that works. A test that waits in vain then fails,
/// and does not block the run.
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
