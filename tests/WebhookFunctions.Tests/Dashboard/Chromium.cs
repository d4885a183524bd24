namespace WebhookFunctions.Tests.Dashboard;

/// <summary>The Chromium of this machine, or a browser made of it. Nothing is downloaded.</summary>
internal static class Chromium
{
    /// <summary>The setting that names the browser's program where it is at no usual place.</summary>
    public const string Setting = "CHROMIUM_PATH";

    private static readonly string[] Names = OperatingSystem.IsWindows()
        ? ["chrome.exe", "msedge.exe"]
        : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

    /// <summary>The program; null if there is none.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } named ? named : Places().FirstOrDefault(File.Exists);

    /// <summary>Skips the test where there is no browser. A pipeline must have one, so the test fails there.</summary>
    public static void SkipUnlessAvailable()
    {
        var missing = $"There is no Chromium, Chrome or Edge here: install one, or name its program in {Setting}.";
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
