namespace WebhookFunctions.Messaging;

internal static class ApplicationPropertiesExtensions
{
    /// <summary>The property, where it is a text that is not empty.</summary>
    public static string? Text(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is string { Length: > 0 } text ? text : null;

    /// <summary>Whether the property is there and true.</summary>
    public static bool IsTrue(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is true;

    /// <summary>The property, where it is an Int32; otherwise 0.</summary>
    public static int Count(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is int count ? count : 0;
}
