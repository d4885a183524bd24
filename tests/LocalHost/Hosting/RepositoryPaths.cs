using System.Reflection;

namespace LocalHost.Hosting;

/// <summary>Paths in the repository, independent of the build's output folder.</summary>
internal static class RepositoryPaths
{
    /// <summary>The folder of <c>azure.yaml</c>.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The app's assembly, in its own build output.</summary>
    public static string App { get; } = Metadata("App");

    public static string Azurite { get; } = Path.Combine(Root, "tests", "LocalHost", "azurite");

    public static string LocalSettings { get; } = Path.Combine(Root, "functions", "local.settings.json");

    /// <summary>The default state directory of <c>run</c>.</summary>
    public static string DefaultData { get; } = Path.Combine(Root, ".localhost");

    private static string Metadata(string key) => typeof(RepositoryPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
