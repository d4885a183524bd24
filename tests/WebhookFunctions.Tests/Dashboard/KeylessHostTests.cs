using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>
/// Tests of a host that requires no keys, as <c>run</c> starts it: its page does everything without one, and the page of any other site does nothing.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class KeylessHostTests(DashboardFixture fixture, KeylessHostTests.KeylessHost host) : IClassFixture<KeylessHostTests.KeylessHost>
{
    private const string Provider = "replicate";

    [Fact]
    public async Task The_page_asks_for_no_key_whether_it_reads_or_writes()
    {
        Chromium.SkipUnlessAvailable();
        var job = await host.CreateJobAsync();
        await Visit.RunAsync(fixture, "#/jobs", async visit =>
        {
            await visit.Card(job).GetByRole(AriaRole.Link).ClickAsync();
            await Expect(visit.Button("Forget key")).ToBeHiddenAsync();

            await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Raw webhook") }).ClickAsync();
            await visit.Button("Show").ClickAsync();
            await Expect(visit.Page.Locator("pre.document")).ToContainTextAsync(job);
            await visit.Button("Close").ClickAsync();

            await visit.Button("Erase …").ClickAsync();
            await Expect(visit.Page.GetByLabel("Master key")).ToHaveCountAsync(0);
            await visit.Page.GetByLabel("To confirm, type the job’s id").FillAsync(job);
            await visit.Button("Erase for good").ClickAsync();
            await Expect(visit.Page.Locator(".toast")).ToContainTextAsync("Erased: 1 event");
            await Expect(visit.Card(job)).ToHaveCountAsync(0);
        }, new VisitOptions { HasKey = false, App = host.App });
    }

    /// <summary>
    /// The other site is once on another port of the same host, which a browser calls the same site, and once on another host. It sends what a browser
    /// sends without asking first, and what it asks for first.
    /// </summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task The_page_of_another_site_can_open_the_page_and_do_nothing_else(string name)
    {
        Chromium.SkipUnlessAvailable();
        var job = await host.CreateJobAsync();
        var api = new Uri(host.App.Host.BaseAddress, "api/");
        await using var site = await StandInServer.StartAsync();
        site.On("/", context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync($"""<a href="{host.App.Host.Dashboard}">Results</a>""");
        });
        var context = await fixture.Browser.NewContextAsync();
        try
        {
            context.SetDefaultTimeout((float)DashboardFixture.MaxWait.TotalMilliseconds);
            var page = await context.NewPageAsync();
            // The browser reports no answer that it withholds from the page, as it does with the last two.
            var answers = new ConcurrentQueue<(string Method, string Path, int Status)>();
            page.Response += (_, answer) => answers.Enqueue((answer.Request.Method, new Uri(answer.Url).AbsolutePath, answer.Status));
            await page.GotoAsync(site.Origin.Replace("127.0.0.1", name, StringComparison.Ordinal));

            Assert.Equal(
                ["opaque", "opaque", "opaque", "unreadable", "unreadable"],
                await page.EvaluateAsync<string[]>(
                    """
                    async ([api, provider, job]) => {
                      const send = async (path, options) => {
                        try {
                          return (await fetch(api + path, options)).type;
                        } catch {
                          return 'unreadable';
                        }
                      };
                      return [
                        await send('jobs', { mode: 'no-cors' }),
                        await send(`webhooks/${provider}/recover`, { mode: 'no-cors', method: 'POST', body: JSON.stringify({ id: job }) }),
                        await send('dead-letters/asset-downloads/replay', { mode: 'no-cors', method: 'POST' }),
                        await send(`jobs/${provider}?id=${job}`),
                        await send(`jobs/${provider}?id=${job}`, { method: 'DELETE' }),
                      ];
                    }
                    """,
                    new[] { api.AbsoluteUri, Provider, job }));

            Assert.Equal(
                [
                    ("GET", "/api/jobs", StatusCodes.Status403Forbidden),
                    ("POST", $"/api/webhooks/{Provider}/recover", StatusCodes.Status403Forbidden),
                    ("POST", "/api/dead-letters/asset-downloads/replay", StatusCodes.Status403Forbidden),
                ],
                answers.Where(answer => answer.Path.StartsWith("/api/", StringComparison.Ordinal)));

            await page.GetByRole(AriaRole.Link).ClickAsync();
            await Expect(page.Locator($"a[title='{job}']").First).ToBeVisibleAsync();
        }
        finally
        {
            await context.CloseAsync();
        }
    }

    [Fact]
    public async Task A_job_shows_how_it_was_announced_and_the_health_to_whom()
    {
        Chromium.SkipUnlessAvailable();
        var job = await host.CreateJobAsync();
        await Visit.RunAsync(fixture, $"#/jobs/{Provider}?id={job}", async visit =>
        {
            await Expect(visit.Page.GetByText("No notification is pending.")).ToBeVisibleAsync();
            await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Notifications of") }).ClickAsync();
            var shown = visit.Page.Locator("pre.document");
            await Expect(shown).ToContainTextAsync($"\"target\": \"{NotifySettings.QueueTarget}\"");
            await Expect(shown).ToContainTextAsync($"\"state\": \"{NotificationState.Sent}\"");
            await visit.Button("Close").ClickAsync();

            await visit.GoToAsync("#/health");
            await Expect(visit.Page.GetByText($"Notifications of finished jobs are sent to {NotifySettings.QueueTarget}.")).ToBeVisibleAsync();
        }, new VisitOptions { HasKey = false, App = host.App });
    }

    /// <summary>Fixture with a running app that requires no keys and announces finished jobs to its queue.</summary>
    public sealed class KeylessHost(AzuriteFixture azurite) : IAsyncLifetime
    {
        internal RunningApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            if (Chromium.Program is not null)
            {
                App = await RunningApp.StartWithAsync(await azurite.NewAccountAsync(), (NotifySettings.QueueSetting, "true"));
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (Chromium.Program is not null)
            {
                await App.DisposeAsync();
            }
        }

        /// <summary>Sends a webhook of a job, and returns the job after the event has ended.</summary>
        internal async Task<string> CreateJobAsync()
        {
            var (webhook, scene) = App.Write(Provider, "succeeded");
            await App.AssertAcceptedAsync(Provider, webhook);
            await App.EndedAsync(Provider, webhook.WebhookId);
            return scene.JobId;
        }
    }
}
