namespace EmbeddedServiceBus.Amqp;

/// <summary>
/// Parser of entity paths as clients write them: the path itself, with or without slashes around it, or a URI.
/// </summary>
internal static class EntityPath
{
    public const string Claims = "$cbs";
    public const string ManagementSuffix = "/$management";

    /// <returns>The path in lower case, because letter case does not matter. Empty for the namespace.</returns>
    public static string Normalize(string address)
    {
        var path = address;
        if (path.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0)
        {
            // The JavaScript SDK's administration client signs the whole URI of its request, including the query.
            var host = path[(scheme + 3)..].Split('?')[0];
            path = host.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? host[slash..] : "";
        }

        return path.Trim('/').ToLowerInvariant();
    }

    /// <summary>Returns whether a path equals the other or is above it.</summary>
    public static bool Covers(string path, string below) =>
        path.Length == 0
        || (below.StartsWith(path, StringComparison.Ordinal) && (below.Length == path.Length || below[path.Length] == '/'));
}
