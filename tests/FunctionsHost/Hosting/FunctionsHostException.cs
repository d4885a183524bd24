namespace FunctionsHost.Hosting;

/// <summary>Error of the app or its settings that prevents the host from starting. The message says what to correct.</summary>
public sealed class FunctionsHostException(string message, Exception? innerException = null) : Exception(message, innerException);
