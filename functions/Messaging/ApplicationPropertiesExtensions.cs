namespace WebhookFunctions.Messaging;

internal static class ApplicationPropertiesExtensions
{
    /// <summary>Returns the property if it is a text that is not empty; otherwise null.</summary>
    public static string? Text(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is string { Length: > 0 } text ? text : null;

    /// <summary>Returns whether the property is present and true.</summary>
    public static bool IsTrue(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is true;

    /// <summary>Returns the property if it is an Int32; otherwise 0.</summary>
    public static int Count(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is int count ? count : 0;
}
