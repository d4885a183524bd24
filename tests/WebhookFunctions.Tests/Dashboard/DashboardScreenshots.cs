using Microsoft.Playwright;
using WebhookFunctions.Tests.Infra;
using static Microsoft.Playwright.Assertions;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>
/// Run that takes the screenshots of the page in <c>.github/images</c>, of the running app with the samples' media:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~DashboardScreenshots -- xUnit.Explicit=only</c>.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class DashboardScreenshots(DashboardFixture fixture)
{
    [Fact(Explicit = true)]
    public async Task The_main_views()
    {
        Chromium.SkipUnlessAvailable();
        await fixture.CreateDeadLettersAsync(2);
        await fixture.SendAsync("replicate", "failed");
        await fixture.SendAsync("replicate", "canceled");
        await fixture.SendAsync("replicate", "succeeded:string");
        var pictures = await fixture.SendAsync("replicate", "succeeded");
        await fixture.SendAsync("geminigen", "TTS_TEXT_SUCCESS");
        await fixture.SendVideoAsync(fixture.Serve("video.mp4"));
        await fixture.SendAsync("sync", "PROCESSING");
        var video = await fixture.SendAsync("sync", "COMPLETED");
        await fixture.SendAsync("replicate", "succeeded:object");

        await TakeAsync("jobs", "#/jobs", 1280, ColorScheme.Light, visit => Expect(visit.Card(pictures).Locator("img")).ToHaveJSPropertyAsync("complete", true));
        await TakeAsync("job", $"#/jobs/sync?id={video}", 1280, ColorScheme.Dark, visit => visit.Page.WaitForFunctionAsync("() => document.querySelector('.asset video')?.readyState === 4"));
        await TakeAsync("failures", "#/failures", 1280, ColorScheme.Light, visit => Expect(visit.Page.Locator(".group")).ToBeVisibleAsync());
        await TakeAsync("phone", "#/jobs", 390, ColorScheme.Dark, visit => Expect(visit.Card(video).Locator(".length")).ToHaveTextAsync("0:03"));
    }

    private Task TakeAsync(string name, string view, int width, ColorScheme scheme, Func<Visit, Task> isReady) => Visit.RunAsync(fixture, view, async visit =>
    {
        await isReady(visit);
        await Expect(visit.Page.Locator(".shimmer")).ToHaveCountAsync(0);
        await visit.Page.WaitForFunctionAsync("() => [...document.images].every(image => image.complete) && [...document.querySelectorAll('.frame video')].every(video => video.readyState >= 2)");
        // A player that has loaded its media still fades out its loading indicator.
        await visit.Page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 500))))");
        await visit.Page.ScreenshotAsync(new() { Path = Repository.File(".github", "images", $"page-{name}.png") });
    }, new VisitOptions { Width = width, Scheme = scheme });
}
