namespace LocalHost.Hosting;

/// <summary>The host can't start or continue for a reason that the person at the keyboard can remove: the message says how.</summary>
public sealed class LocalHostException(string message, Exception? innerException = null) : Exception(message, innerException);
