using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs.Models;
using Microsoft.Playwright;
using WebhookFunctions.Messaging;
using WebhookFunctions.Tests.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Tests of each view and each action of the page, in a real browser and with the running app.</summary>
[Collection(BrowserCollection.Name)]
public sealed class DashboardTests(DashboardFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_visitor_without_a_key_is_asked_for_one_and_a_wrong_one_is_refused() => Visit.RunAsync(fixture, "", async visit =>
    {
        var (key, error) = (visit.Page.GetByLabel("Function key"), visit.Page.GetByText("That key was not accepted."));
        await Expect(key).ToBeFocusedAsync();
        await key.FillAsync("wrong");
        await key.PressAsync("Enter");
        await Expect(error).ToBeVisibleAsync();
        await key.FillAsync("with a space");
        await key.PressAsync("Enter");
        await Expect(visit.Page.GetByText("A key has no spaces")).ToBeVisibleAsync();
        await key.FillAsync(DashboardFixture.Keys.Function);
        await visit.Button("Continue").ClickAsync();

        await Expect(visit.Card(fixture.Video)).ToBeVisibleAsync();
        Assert.Equal(
            $$"""{"session":{"function-key":"{{DashboardFixture.Keys.Function}}"},"local":{},"cookies":""}""",
            await visit.Page.EvaluateAsync<string>("() => JSON.stringify({ session: { ...sessionStorage }, local: { ...localStorage }, cookies: document.cookie })"));

        await visit.Button("Forget key").ClickAsync();
        await Expect(key).ToBeVisibleAsync();
        Assert.Equal(0, await visit.Page.EvaluateAsync<int>("() => sessionStorage.length"));
    }, new VisitOptions { HasKey = false });

    [Fact]
    public Task The_key_is_sent_only_to_the_app() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Card(fixture.Pictures).Locator("img")).ToBeVisibleAsync();
        await PictureIsLoadedAsync(visit.Card(fixture.Pictures).Locator("img"));

        foreach (var request in visit.Requests)
        {
            var isApi = request.Url.StartsWith($"{new Uri(fixture.Page, "..")}", StringComparison.Ordinal) && !request.Url.StartsWith($"{fixture.Page}", StringComparison.Ordinal);
            var headers = await request.AllHeadersAsync();
            Assert.Equal(isApi, headers.ContainsKey("x-functions-key"));
            Assert.False(headers.ContainsKey("referer"));
        }
    });

    [Fact]
    public Task The_jobs_show_a_picture_a_video_that_plays_on_demand_a_sound_and_why_one_failed() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await PictureIsLoadedAsync(visit.Card(fixture.Pictures).Locator("img"));
        await Expect(visit.Card(fixture.Pictures)).ToContainTextAsync("2 files");
        await Expect(visit.Card(fixture.Speech).Locator("audio[controls]")).ToBeVisibleAsync();
        await Expect(visit.Card(fixture.Speech)).ToContainTextAsync("Unconfirmed");
        await Expect(visit.Card(fixture.Failed)).ToContainTextAsync("Out of memory.");

        var video = visit.Card(fixture.Video).Locator("video");
        await Expect(visit.Card(fixture.Video).Locator(".length")).ToHaveTextAsync("0:03");
        Assert.True(await video.EvaluateAsync<bool>("video => video.paused && !video.controls"));
        await visit.Card(fixture.Video).GetByRole(AriaRole.Button).ClickAsync();
        await visit.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('video')].some(video => video.controls && video.currentTime > 0.1)");
        Assert.EndsWith("#/jobs", visit.Page.Url, StringComparison.Ordinal);
    });

    [Fact]
    public Task The_jobs_can_be_filtered_and_going_back_from_one_shows_the_same_list() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Card(fixture.Video)).ToBeVisibleAsync();
        await visit.Page.GetByLabel("Provider").SelectOptionAsync("replicate");
        await Expect(visit.Card(fixture.Video)).ToHaveCountAsync(0);
        await Expect(visit.Card(fixture.Pictures)).ToBeVisibleAsync();
        await visit.Page.GetByLabel("Status").SelectOptionAsync("Failed");
        await Expect(visit.Card(fixture.Failed)).ToBeVisibleAsync();
        await Expect(visit.Card(fixture.Pictures)).ToHaveCountAsync(0);
        await visit.Page.GetByLabel("Received").SelectOptionAsync("Last hour");
        await visit.Card(fixture.Failed).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(visit.Heading(fixture.Failed)).ToBeFocusedAsync();

        await visit.Page.GoBackAsync();
        await Expect(visit.Card(fixture.Failed)).ToBeVisibleAsync();
        await Expect(visit.Page.GetByLabel("Provider")).ToHaveValueAsync("replicate");
        await visit.Page.GetByLabel("Received").SelectOptionAsync("Between …");
        await visit.Page.GetByLabel("Until").FillAsync("2020-01-01T00:00");
        await visit.Page.GetByLabel("Until").BlurAsync();
        await visit.Button("Clear the filters").ClickAsync();
        await Expect(visit.Card(fixture.Video)).ToBeVisibleAsync();
    });

    [Fact]
    public Task A_job_is_found_by_its_id_and_for_an_unknown_one_the_provider_can_be_asked() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        var search = visit.Page.GetByLabel("Find a job by its id");
        await search.FillAsync(fixture.Pictures);
        await search.PressAsync("Enter");
        await Expect(visit.Heading(fixture.Pictures)).ToBeVisibleAsync();

        await search.FillAsync("no/such job?");
        await search.PressAsync("Enter");
        await Expect(visit.Heading("No job has this id")).ToBeVisibleAsync();
        await visit.Button("Recover from sync").ClickAsync();
        await visit.Page.GetByLabel("Master key").FillAsync(DashboardFixture.Keys.Master);
        await visit.Button("Recover").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("SYNC_API_KEY");
    });

    [Fact]
    public Task A_job_shows_its_files_which_can_be_downloaded_and_whose_links_can_be_copied() => Visit.RunAsync(fixture, $"#/jobs/gemini?id={fixture.Video}", async visit =>
    {
        var file = visit.Page.Locator(".asset");
        await visit.Page.WaitForFunctionAsync("() => document.querySelector('.asset video')?.readyState >= 1");
        var hash = await file.Locator("dd code").First.InnerTextAsync();
        await Expect(file).ToContainTextAsync("WEBM · video/webm · 2");
        await Expect(visit.Page.Locator(".job-head")).ToContainTextAsync("Succeeded");
        await Expect(visit.Page.Locator(".job-head")).ToContainTextAsync("Signed");

        var download = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Button("Download video").ClickAsync());
        await using (var content = await download.CreateReadStreamAsync())
        {
            Assert.Equal(hash, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, Cancel)));
        }

        Assert.Equal($"gemini-{fixture.Video}-video.webm", download.SuggestedFilename);

        await visit.Button("Copy link to video").ClickAsync();
        await Expect(visit.Page.Locator(".toast")).ToContainTextAsync("can open the file until");
        var link = await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(await http.GetByteArrayAsync(link, Cancel))));
        await visit.Button("Copy id").ClickAsync();
        await Expect(visit.Page.Locator(".toast").Last).ToContainTextAsync("The id was copied.");
        Assert.Equal(fixture.Video, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
    });

    [Fact]
    public Task A_raw_webhook_requires_the_master_key_each_time() => Visit.RunAsync(fixture, $"#/jobs/replicate?id={fixture.Pictures}", async visit =>
    {
        var (raw, key) = (visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Raw webhook") }), visit.Page.GetByLabel("Master key"));
        await Expect(raw).ToHaveCountAsync(2);
        await raw.First.ClickAsync();
        await key.FillAsync(DashboardFixture.Keys.Function);
        await visit.Button("Show").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not a function key");
        await Expect(key).ToHaveValueAsync("");
        await key.FillAsync(DashboardFixture.Keys.Master);
        await visit.Button("Show").ClickAsync();
        var text = await visit.Page.Locator("pre.document").InnerTextAsync();
        Assert.Contains("\n  \"status\": \"succeeded\",\n", text, StringComparison.Ordinal);
        Assert.Equal(fixture.Pictures, JsonDocument.Parse(text).RootElement.GetProperty("id").GetString());
        await visit.Button("Close").ClickAsync();

        await raw.Last.ClickAsync();
        await Expect(key).ToHaveValueAsync("");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(raw.Last).ToBeFocusedAsync();
        Assert.DoesNotContain(DashboardFixture.Keys.Master, await visit.Page.EvaluateAsync<string>("() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])"), StringComparison.Ordinal);
    });

    [Fact]
    public Task A_video_that_is_still_being_downloaded_appears_without_a_reload() => RunPendingAsync(async (visit, job, release) =>
    {
        await Expect(visit.Card(job)).ToContainTextAsync("in progress");
        release();
        await Expect(visit.Card(job).Locator("video")).ToBeVisibleAsync();
        await Expect(visit.Card(job)).Not.ToContainTextAsync("in progress");
    });

    [Fact]
    public async Task A_file_that_failed_is_explained_and_fetched_again()
    {
        Chromium.SkipUnlessAvailable();
        var (job, path) = (await fixture.CreateDeadLettersAsync(1))[0];
        await Visit.RunAsync(fixture, $"#/jobs/gemini?id={job}", async visit =>
        {
            await Expect(visit.Page.Locator(".asset")).ToContainTextAsync("Refused:");
            await Expect(visit.Page.Locator(".asset")).ToContainTextAsync("check the link; fetch again");
            fixture.Serve(path, "video.webm");
            await visit.Button("Fetch files again").ClickAsync();
            await visit.Page.GetByLabel("Master key").FillAsync(DashboardFixture.Keys.Master);
            await visit.Button("Fetch again").Last.ClickAsync();
            await Expect(visit.Page.Locator(".asset video")).ToBeVisibleAsync();
            await Expect(visit.Page.Locator(".asset")).ToContainTextAsync("Stored");
        });
    }

    [Fact]
    public async Task A_job_is_erased_after_its_id_was_typed()
    {
        Chromium.SkipUnlessAvailable();
        var job = await fixture.SendVideoAsync(fixture.Serve("video.webm"));
        await Visit.RunAsync(fixture, "#/jobs", async visit =>
        {
            await visit.Card(job).GetByRole(AriaRole.Link).ClickAsync();
            await visit.Button("Erase …").ClickAsync();
            var erase = visit.Button("Erase for good");
            await Expect(erase).ToBeDisabledAsync();
            await visit.Page.GetByLabel("To confirm, type the job’s id").FillAsync(job[..^1]);
            await Expect(erase).ToBeDisabledAsync();
            await visit.Page.GetByLabel("To confirm, type the job’s id").FillAsync(job);
            await visit.Page.GetByLabel("Master key").FillAsync(DashboardFixture.Keys.Master);
            await erase.ClickAsync();
            await Expect(visit.Page.Locator(".toast")).ToContainTextAsync("Erased: 1 event, 1 file");
            await Expect(visit.Heading("Jobs")).ToBeVisibleAsync();
            await Expect(visit.Card(fixture.Video)).ToBeVisibleAsync();
            await Expect(visit.Card(job)).ToHaveCountAsync(0);
        });
        Assert.False(await HasFilesAsync(job));
    }

    [Fact]
    public async Task Failures_are_grouped_by_reason_and_replayed_singly_by_group_or_all()
    {
        Chromium.SkipUnlessAvailable();
        var deadLetters = await fixture.CreateDeadLettersAsync(4);
        await Visit.RunAsync(fixture, "#/failures", async visit =>
        {
            var group = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Refused" });
            await Expect(group).ToContainTextAsync("The source answered another 4xx.");
            await Expect(group).ToContainTextAsync("What to do: Check the link; fetch again.");
            foreach (var (job, _) in deadLetters)
            {
                await Expect(group.GetByRole(AriaRole.Link, new() { Name = job })).ToBeVisibleAsync();
            }

            // One asset, whose source now serves the file.
            fixture.Serve(deadLetters[0].Path, "video.webm");
            var row = group.GetByRole(AriaRole.Listitem).Filter(new() { HasText = deadLetters[0].Job });
            await row.GetByRole(AriaRole.Button).ClickAsync();
            await ReplayAsync(visit);
            await Expect(row).ToHaveCountAsync(0);
            await StoredAsync(deadLetters[0].Job);

            // The whole group. The source now serves the second file, and the others fail again.
            fixture.Serve(deadLetters[1].Path, "video.webm");
            await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Replay these [0-9]+ of Refused$") }).ClickAsync();
            await ReplayAsync(visit);
            await StoredAsync(deadLetters[1].Job);

            // Waits until the others have failed again, before the source serves their files.
            await Eventually.GetAsync(
                DeadLettersAsync, listed => deadLetters.Skip(2).All(each => listed.Contains(each.Job, StringComparison.Ordinal)), "The other two dead letters");
            foreach (var (_, path) in deadLetters.Skip(2))
            {
                fixture.Serve(path, "video.webm");
            }

            await visit.Button("Refresh").ClickAsync();
            await visit.Button("Replay all dead letters").ClickAsync();
            await ReplayAsync(visit);
            await StoredAsync(deadLetters[2].Job);
            await StoredAsync(deadLetters[3].Job);
            await visit.Button("Refresh").ClickAsync();
            await Expect(visit.Button("Refresh")).ToBeVisibleAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex(string.Join('|', deadLetters.Select(each => each.Job))) })).ToHaveCountAsync(0);
        });

        async Task ReplayAsync(Visit visit)
        {
            await visit.Page.GetByLabel("Master key").FillAsync(DashboardFixture.Keys.Master);
            await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Replay", Exact = true }).ClickAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
            await Expect(visit.Page.Locator(".toast").Last).ToContainTextAsync("sent again");
        }
    }

    [Fact]
    public Task Health_names_the_parts_and_what_each_provider_lacks() => Visit.RunAsync(fixture, "#/health", async visit =>
    {
        await Expect(visit.Page.GetByText("The app is healthy")).ToBeVisibleAsync();
        await Expect(Provider("sync")).ToContainTextAsync("On");
        await Expect(Provider("geminigen")).ToContainTextAsync("Weak");
        await Expect(Provider("geminigen")).ToContainTextAsync("GEMINIGEN_WEBHOOK_TOKEN");
        await Expect(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Queues" })).ToContainTextAsync("asset-downloads");

        await visit.AnswerAsync("/api/health/details", _ => new
        {
            status = "bad",
            storage = new Dictionary<string, object> { ["assets"] = new { status = "bad", error = "403 AuthorizationFailure" } },
            queues = new Dictionary<string, object> { ["webhook-events"] = new { status = "ok", error = (string?)null } },
            providers = new Dictionary<string, object>
            {
                ["sync"] = new { status = "bad", problems = new[] { new { setting = "SYNC_WEBHOOK_SECRET", reason = "is too short" } }, note = (string?)null },
                ["gemini"] = new { status = "off", problems = Array.Empty<object>(), note = "Set GEMINI_WEBHOOK_SECRET." },
            },
        }, status: 503);
        await visit.Button("Refresh").ClickAsync();
        await Expect(visit.Page.GetByText("The app is not healthy")).ToBeVisibleAsync();
        await Expect(Provider("sync")).ToContainTextAsync("SYNC_WEBHOOK_SECRET is too short");
        await Expect(Provider("gemini")).ToContainTextAsync("Set GEMINI_WEBHOOK_SECRET.");
        await Expect(visit.Page.GetByText("403 AuthorizationFailure")).ToBeVisibleAsync();

        ILocator Provider(string name) => visit.Page.GetByRole(AriaRole.Article).Filter(new() { Has = visit.Heading(name) });
    });

    [Fact]
    public Task Everything_can_be_reached_by_keyboard() => Visit.RunAsync(fixture, "#/jobs?provider=replicate", async visit =>
    {
        await Expect(visit.Card(fixture.Pictures)).ToBeVisibleAsync();
        await Expect(visit.Page.GetByLabel("Provider")).ToHaveValueAsync("replicate");
        List<string> reached = [];
        for (var presses = 0; presses < 14; presses++)
        {
            await visit.Page.Keyboard.PressAsync("Tab");
            reached.Add(await visit.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('title') || document.activeElement.innerText || document.activeElement.id || document.activeElement.dataset.filter"));
        }

        Assert.Equal(["Skip to the content", "WebhookFunctions", "Jobs", "Failures", "Health", "search-id", "Forget key"], reached.Take(7));
        Assert.Contains(fixture.Pictures, reached);
        await visit.Card(fixture.Pictures).GetByRole(AriaRole.Link).FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Heading(fixture.Pictures)).ToBeFocusedAsync();
        await visit.Button("Erase …").FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByLabel("To confirm, type the job’s id")).ToBeFocusedAsync();
    });

    [Fact]
    public Task Times_are_shown_in_the_visitors_time_zone_and_in_UTC() => Visit.RunAsync(fixture, $"#/jobs/gemini?id={fixture.Video}", async visit =>
    {
        var time = visit.Page.Locator(".timeline time").First;
        var utc = DateTimeOffset.Parse((await time.GetAttributeAsync("datetime"))!, CultureInfo.InvariantCulture);
        await Expect(time).ToHaveAttributeAsync("title", utc.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        await Expect(time).ToContainTextAsync(utc.ToOffset(new TimeSpan(5, 45, 0)).ToString("HH:mm:ss", CultureInfo.InvariantCulture));
    }, new VisitOptions { Zone = "Asia/Kathmandu" });

    private async Task RunPendingAsync(Func<Visit, string, Action, Task> then)
    {
        Chromium.SkipUnlessAvailable();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var job = await fixture.SendVideoAsync(fixture.ServeAfter(release.Task, "video.webm"), isAwaited: false);
            await Visit.RunAsync(fixture, "#/jobs", visit => then(visit, job, release.SetResult));
        }
        finally
        {
            release.TrySetResult();
        }
    }

    private async Task<string> DeadLettersAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"dead-letters/{QueueNames.AssetDownloads}", UriKind.Relative))
        {
            Headers = { { "x-functions-key", DashboardFixture.Keys.Function } },
        };
        using var answer = await fixture.App.SendAsync(request);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private Task StoredAsync(string job) => Eventually.TrueAsync(() => HasFilesAsync(job), $"The file of {job}");

    private Task<bool> HasFilesAsync(string job) => fixture.App.Storage.Assets
        .GetBlobsAsync(BlobTraits.None, BlobStates.None, $"gemini/{job}/", Cancel)
        .AnyAsync(Cancel)
        .AsTask();

    private static async Task PictureIsLoadedAsync(ILocator picture)
    {
        await Expect(picture).ToHaveJSPropertyAsync("complete", true);
        Assert.True(await picture.EvaluateAsync<int>("picture => picture.naturalWidth") > 0);
    }
}

/// <summary>Collection of tests that share one browser and one app.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<DashboardFixture>
{
    public const string Name = "Browser";
}
