namespace FunctionsHost.Rpc;

/// <summary>Error for a worker that ended before it answered.</summary>
internal sealed class WorkerLostException() : Exception("The worker ended before it answered.");
