namespace LocalHost.Hosting;

/// <summary>Error that the user can correct, and that prevents the local host from starting or continuing. The message says how.</summary>
public sealed class LocalHostException(string message, Exception? innerException = null) : Exception(message, innerException);
