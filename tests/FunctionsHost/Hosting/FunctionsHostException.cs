namespace FunctionsHost.Hosting;

/// <summary>The host can't start, for a reason that its caller can change: the message names it.</summary>
public sealed class FunctionsHostException(string message, Exception? innerException = null) : Exception(message, innerException);
