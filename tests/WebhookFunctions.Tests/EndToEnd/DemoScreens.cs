using LocalHost.Demo;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.EndToEnd;

/// <summary>Assertions about the output of a demo.</summary>
internal static class DemoScreens
{
    /// <summary>
    /// Asserts that the summary fits into a terminal of 80 × 24 characters and has a row for each provider, and that the details name each webhook and file.
    /// </summary>
    public static void AssertComplete(DemoResult result)
    {
        var summary = DemoSummary.Build(result.Found, result.Problems, DemoTour.Next);
        Assert.InRange(summary.Count, 1, DemoSummary.Lines);
        Assert.All(summary, line => Assert.InRange(line.Text.Length, 0, DemoSummary.Width));
        Assert.DoesNotContain(summary, line => line.IsAsExpected == false);
        Assert.Equal(DemoTour.Next, summary.TakeLast(DemoTour.Next.Count).Select(line => line.Text));
        var details = DemoDetails.Build(result.Found).ToList();
        Assert.All(details, line => Assert.InRange(line.Text.Length, 0, DemoSummary.Width));
        var text = string.Concat(details.Select(line => line.Text.Trim()));
        foreach (var found in result.Found.Events)
        {
            Assert.Contains(summary, line => line.Text.StartsWith($"{found.Delivery.By.Samples.Name} ", StringComparison.Ordinal));
            Assert.Contains(details, line => line.Text == $"  ok {found.Delivery.Sample.Event}");
            Assert.All(found.Assets, asset => Assert.Contains(asset.Row?.Blob ?? "", text, StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// Asserts that the addresses in the output are answered with the job, the event and the file that they name, and that the commands succeed.
    /// </summary>
    public static async Task AssertReachableAsync(DemoResult result)
    {
        var tour = DemoTour.Build(result);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var addresses = tour.SelectMany(line => line.Split(' ')).Where(word => word.StartsWith($"{result.App}api/", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, addresses.Count);
        foreach (var address in addresses)
        {
            using var answer = await http.GetAsync(address, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{address} was answered {answer.StatusCode}.");
        }

        var example = DemoTour.Example(result.Found)!;
        using var files = new TemporaryDirectory();
        foreach (var arguments in DemoTour.Arguments(example, result.App))
        {
            await using var command = LocalHostProcess.Start(
                example.Delivery.By.Keys.Settings, arguments.Select(argument => argument == DemoTour.FilesFolder ? files.Path : argument));
            Assert.True(await command.ExitCodeAsync() == 0, $"{string.Join(' ', arguments)}: {command.Output}");
        }

        Assert.Equal(example.Assets.Count, Directory.GetFiles(files.Path).Length);

        Assert.Contains(result.Found.Events.SelectMany(found => found.Assets), asset => tour.Any(line => line == $"Its file:  {asset.Row?.Blob} in container assets"));
    }
}
