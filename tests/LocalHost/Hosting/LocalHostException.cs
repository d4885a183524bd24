namespace LocalHost.Hosting;

/// <summary>The host can't start or go on for a reason that the person at the keyboard can mend: the message says how.</summary>
public sealed class LocalHostException(string message, Exception? innerException = null) : Exception(message, innerException);
