using System.Runtime.CompilerServices;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// Cancellation token of the running test that is also cancelled after more time than any successful test takes. A test whose wait never ends then
/// fails, and does not block the run.
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
        bound.CancelAfter(Eventually.MaxWait);
        return bound;
    }
}
