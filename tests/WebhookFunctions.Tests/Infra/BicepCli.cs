using System.Runtime.InteropServices;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// The Bicep CLI, from the package that the project file downloads. It is one program that carries the types of all Azure resources: nothing
/// here asks the network.
/// </summary>
internal static class BicepCli
{
    private static readonly string? Binary = Repository.Metadata("BicepCli");

    /// <summary>Whether the package exists for this machine. On Linux x64 it always does.</summary>
    public static bool IsAvailable => Binary is not null || (OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64);

    /// <summary>Skips the test, with the reason, where there is no package of the Bicep CLI.</summary>
    public static void SkipUnlessAvailable() =>
        Assert.SkipUnless(IsAvailable, $"The Bicep CLI comes from a package for Linux x64, and this is {RuntimeInformation.RuntimeIdentifier}.");

    public static Task<CommandResult> RunAsync(string folder, params string[] arguments) =>
        CommandLine.RunAsync(Binary ?? throw new InvalidOperationException("The project file no longer says where the Bicep CLI is."), arguments, folder);

    /// <summary>
    /// Works out offline what a parameter file would deploy, and returns the file that says it. Run-time values stay expressions.
    /// </summary>
    /// <param name="folder">The root of the repository, or of a copy.</param>
    /// <param name="parameters">Name of the parameter file, without its ending.</param>
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
