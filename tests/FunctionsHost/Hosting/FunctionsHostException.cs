namespace FunctionsHost.Hosting;

/// <summary>Error that keeps the host from starting, and that its caller can correct; the message names it.</summary>
public sealed class FunctionsHostException(string message, Exception? innerException = null) : Exception(message, innerException);
