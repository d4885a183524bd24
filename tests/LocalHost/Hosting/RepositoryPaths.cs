using System.Reflection;

namespace LocalHost.Hosting;

/// <summary>Where things of the repository are, wherever the build put its output.</summary>
internal static class RepositoryPaths
{
    private static readonly string Root = typeof(RepositoryPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string Azurite { get; } = Path.Combine(Root, "tests", "LocalHost", "azurite");

    public static string LocalSettings { get; } = Path.Combine(Root, "functions", "local.settings.json");

    /// <summary>Where <c>run</c> keeps its state unless it is told otherwise.</summary>
    public static string DefaultData { get; } = Path.Combine(Root, ".localhost");

    /// <summary>Copied beside the program by the build.</summary>
    public static string HostJson { get; } = Path.Combine(AppContext.BaseDirectory, "host.json");
}
