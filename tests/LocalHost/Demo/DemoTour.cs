using LocalHost.Hosting;

namespace LocalHost.Demo;

/// <summary>Addresses and commands that the demo suggests to its user.</summary>
internal static class DemoTour
{
    /// <summary>The folder for the example's files, below the current directory.</summary>
    public const string FilesFolder = ".localhost/demo-files";

    /// <summary>Gets the commands to try after a demo that has ended.</summary>
    public static IReadOnlyList<string> Next { get; } =
    [
        "Next, each after  dotnet run --project tests/LocalHost --",
        "  demo --details     every webhook, event and file of this run",
        "  demo --keep        keeps running, so that you can look around",
        "  run                the app for development, with your own settings",
    ];

    /// <summary>Returns the lines: addresses with an example job, and commands that can be copied as they are.</summary>
    public static IReadOnlyList<string> Build(DemoResult result)
    {
        var api = $"{result.App.GetLeftPart(UriPartial.Authority)}/{LocalHostApp.RoutePrefix}";
        List<string> lines =
        [
            "",
            $"See the results: {LocalHostApp.DashboardOf(result.App)}",
            $"It runs until Ctrl+C, and then deletes everything it stored. Its health: {api}/health/details",
            $"Storage, for Storage Explorer: {result.Storage}",
        ];
        if (Example(result.Found) is { } example)
        {
            var (delivery, blob) = (example.Delivery, example.Assets[0].Row!.Blob!);
            lines.AddRange(
            [
                $"A job:     {api}/jobs/{delivery.Provider}?id={Uri.EscapeDataString(delivery.JobId)}",
                $"Its event: {api}/events/{delivery.By.Samples.Space}?id={Uri.EscapeDataString(delivery.Webhook.WebhookId)}",
                $"Its file:  {blob} in container assets",
                "",
                "Try in another terminal:",
                .. Commands(example, result.App).Select(command => $"  {command}"),
            ]);
        }

        return lines;
    }

    /// <summary>Returns the arguments of the commands to try, for the job of <paramref name="example"/>.</summary>
    public static IEnumerable<string[]> Arguments(FoundEvent example, Uri app)
    {
        var url = app.GetLeftPart(UriPartial.Authority);
        var delivery = example.Delivery;
        return
        [
            ["jobs", "--url", url],
            ["job", delivery.Provider, delivery.JobId, "--url", url],
            ["files", delivery.Provider, delivery.JobId, "--to", FilesFolder, "--url", url],
            ["dead-letters", "asset-downloads", "--url", url],
            ["send", delivery.By.Samples.Name, delivery.Sample.Event, "--url", url],
        ];
    }

    /// <summary>
    /// Returns an event to show, whose sample <c>send</c> can send again: all of its files are media, and its secret is known. Returns null if there is none.
    /// </summary>
    public static FoundEvent? Example(DemoFindings found) => found.Events
        .Where(each => each.Delivery.By.Samples.PrivateKeySetting is null && each.Assets.Count > 0 && each.Assets.All(IsMedia))
        .MinBy(each => each.Delivery.JobId.Length);

    private static bool IsMedia(FoundAsset asset) =>
        asset is { IsHashEqual: true, Row.Blob: not null, Source.File: var file } && file.Link == file.MediaLink;

    private static IEnumerable<string> Commands(FoundEvent example, Uri app) => Arguments(example, app)
        .Select(arguments => CommandText.Format(arguments, arguments[0] == "send" ? example.Delivery.By.Keys.Settings : null));
}
