namespace LocalHost.Hosting;

/// <summary>Error that keeps the host from starting or continuing, and that the user can correct; the message says how.</summary>
public sealed class LocalHostException(string message, Exception? innerException = null) : Exception(message, innerException);
