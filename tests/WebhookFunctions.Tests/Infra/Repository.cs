using System.Reflection;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Paths of the repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot") ?? throw new InvalidOperationException("The project file does not define the path of the repository.");

    public static string File(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>Returns the project file's value for <paramref name="key"/>; null if there is none.</summary>
    public static string? Metadata(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(attribute => attribute.Key == key)?.Value is { Length: > 0 } value ? value : null;
}
