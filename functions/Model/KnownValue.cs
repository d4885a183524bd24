namespace WebhookFunctions.Model;

/// <summary>Parser of enumeration values in rows and messages. A newer version of the app may have written them, because both versions run during a
/// rolling update.</summary>
public static class KnownValue
{
    /// <summary>Returns the value with that name.</summary>
    /// <exception cref="UnknownValueException">This version has no such value.</exception>
    public static T Parse<T>(string? name)
        where T : struct, Enum =>
        Enum.TryParse<T>(name, out var value) && Enum.GetName(value) == name ? value : throw new UnknownValueException(typeof(T).Name);
}

/// <summary>
/// Error for a row or a message with a value that this version does not know. Its work is put back for an instance that knows the value, and never
/// dead-lettered.
/// </summary>
/// <param name="kind">The enumeration.</param>
public sealed class UnknownValueException(string kind) : Exception($"This version does not know a value of {kind}.");
