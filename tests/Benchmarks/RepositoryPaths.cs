using System.Reflection;

namespace Benchmarks;

/// <summary>Paths in the repository, independent of the build's output folder.</summary>
internal static class RepositoryPaths
{
    private static readonly string Root = typeof(RepositoryPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string ExpressServer { get; } = Path.Combine(Root, "tests", "Benchmarks", "express", "server.mjs");

    public static string Project { get; } = Path.Combine(Root, "tests", "Benchmarks", "Benchmarks.csproj");

    /// <summary>Gets the folder that the figures are written to.</summary>
    public static string Results { get; } = Path.Combine(Root, "artifacts", "bench");
}
