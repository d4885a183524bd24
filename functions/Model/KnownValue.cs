namespace WebhookFunctions.Model;

/// <summary>Reads enumerations in rows and messages, which a newer version of the app may have written: during a rolling update both run.</summary>
public static class KnownValue
{
    /// <summary>The value of that name.</summary>
    /// <exception cref="UnknownValueException">This version has no such value.</exception>
    public static T Parse<T>(string? name)
        where T : struct, Enum =>
        Enum.TryParse<T>(name, out var value) && Enum.GetName(value) == name ? value : throw new UnknownValueException(typeof(T).Name);
}

/// <summary>
/// A row or a message holds a value that this version does not know. Its work is put back for an instance that knows it, and never dead-lettered.
/// </summary>
/// <param name="kind">Of what enumeration.</param>
public sealed class UnknownValueException(string kind) : Exception($"This version does not know a value of {kind}.");
