using FunctionsHost.Workers;

namespace FunctionsHost.Functions;

/// <summary>Invocation of a function.</summary>
/// <param name="Id">The invocation's id in the protocol with the worker.</param>
/// <param name="Worker">The worker that runs it; null if there was none, so that it has failed.</param>
/// <param name="Result">Its result; the task never fails.</param>
internal sealed record Invocation(string Id, Worker? Worker, Task<InvocationResult> Result);

/// <summary>Result of an invocation.</summary>
/// <param name="Error">The failure; null for success.</param>
internal sealed record InvocationResult(string? Error)
{
    public static readonly InvocationResult Success = new(Error: null);

    public static readonly InvocationResult NoWorker = new("No worker is running: the last one ended and is being replaced.");

    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;
}
