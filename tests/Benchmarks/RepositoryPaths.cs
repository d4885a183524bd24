using System.Reflection;

namespace Benchmarks;

/// <summary>Where things of the repository are, wherever the build put its output.</summary>
internal static class RepositoryPaths
{
    private static readonly string Root = typeof(RepositoryPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string ExpressServer { get; } = Path.Combine(Root, "tests", "Benchmarks", "express", "server.mjs");

    public static string Project { get; } = Path.Combine(Root, "tests", "Benchmarks", "Benchmarks.csproj");

    /// <summary>Where the figures are written.</summary>
    public static string Results { get; } = Path.Combine(Root, "artifacts", "bench");
}
