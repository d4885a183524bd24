using FunctionsHost.Workers;

namespace FunctionsHost.Functions;

/// <summary>A function that runs.</summary>
/// <param name="Id">What the worker knows the invocation by.</param>
/// <param name="Worker">The worker that runs it; null where there was none, so that it has failed.</param>
/// <param name="Result">How it ends; the task never fails.</param>
internal sealed record Invocation(string Id, Worker? Worker, Task<InvocationResult> Result);

/// <summary>How an invocation ended.</summary>
/// <param name="Error">Why it failed; null for one that succeeded.</param>
internal sealed record InvocationResult(string? Error)
{
    public static readonly InvocationResult Success = new(Error: null);

    public static readonly InvocationResult NoWorker = new("There is no worker: it ended, and is being replaced.");

    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;
}
