using System.Runtime.InteropServices;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Bicep CLI from the package that the project file downloads. It contains the types of all Azure resources, so the tests need no network.
/// </summary>
internal static class BicepCli
{
    private static readonly string? Binary = Repository.Metadata("BicepCli");

    /// <summary>Gets whether the package exists for this machine. On Linux x64 it must.</summary>
    public static bool IsAvailable => Binary is not null || (OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64);

    /// <summary>Skips the test on machines without a package of the Bicep CLI.</summary>
    public static void SkipUnlessAvailable() =>
        Assert.SkipUnless(IsAvailable, $"The Bicep CLI comes from a package for Linux x64, and this is {RuntimeInformation.RuntimeIdentifier}.");

    public static Task<CommandResult> RunAsync(string folder, params string[] arguments) =>
        CommandLine.RunAsync(Binary ?? throw new InvalidOperationException("The project file does not define the path of the Bicep CLI."), arguments, folder);

    /// <summary>
    /// Computes offline what a parameter file would deploy, and returns the path of the result. Values that exist only at run time stay expressions.
    /// </summary>
    /// <param name="folder">The root of the repository, or of a copy.</param>
    /// <param name="parameters">The name of the parameter file, without its extension.</param>
    public static async Task<(CommandResult Result, string SnapshotPath)> SnapshotAsync(string folder, string parameters)
    {
        var below = Path.Combine(folder, "tests", "WebhookFunctions.Tests", "Infra");
        var result = await RunAsync(
            below,
            "snapshot", $"{parameters}.bicepparam", "--mode", "overwrite",
            "--subscription-id", "11111111-1111-1111-1111-111111111111",
            "--tenant-id", "22222222-2222-2222-2222-222222222222",
            "--location", "eastus2");
        return (result, Path.Combine(below, $"{parameters}.snapshot.json"));
    }
}
