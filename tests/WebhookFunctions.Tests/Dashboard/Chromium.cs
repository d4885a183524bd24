namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Locator that finds an installed Chromium, Chrome or Edge. It downloads nothing.</summary>
internal static class Chromium
{
    /// <summary>The environment variable with the path of the browser's program, if it is not at a default path.</summary>
    public const string Setting = "CHROMIUM_PATH";

    private static readonly string[] Names = OperatingSystem.IsWindows()
        ? ["chrome.exe", "msedge.exe"]
        : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

    /// <summary>Gets the path of the program; null if there is none.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } named ? named : Places().FirstOrDefault(File.Exists);

    /// <summary>Skips the test if no browser is installed. In a pipeline, which must have one, the test fails instead.</summary>
    public static void SkipUnlessAvailable()
    {
        var missing = $"No Chromium, Chrome or Edge was found. Install one, or set {Setting} to the path of its program.";
        Assert.False(Program is null && IsPipeline(), missing);
        Assert.SkipWhen(Program is null, missing);
    }

    private static bool IsPipeline() => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Places()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var places = folders.SelectMany(folder => Names.Select(name => Path.Combine(folder, name)));
        if (OperatingSystem.IsWindows())
        {
            return places.Concat(
                from root in (Environment.SpecialFolder[])[Environment.SpecialFolder.ProgramFiles, Environment.SpecialFolder.ProgramFilesX86]
                from program in (string[])["Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"]
                select Path.Combine(Environment.GetFolderPath(root), program));
        }

        return OperatingSystem.IsMacOS()
            ? places.Concat(["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"])
            : places;
    }
}
