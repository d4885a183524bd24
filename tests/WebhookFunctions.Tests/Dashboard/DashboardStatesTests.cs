using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>
/// Tests of the page in a real browser with an API that is slow or fails, or that answers very large or hostile data, and tests of its accessibility.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class DashboardStatesTests(DashboardFixture fixture)
{
    private const string Jobs = @"/api/jobs\?";
    private const string Job = @"/api/jobs/[^?]+\?";

    public static MatrixTheoryData<int, ColorScheme> Appearances => new([360, 1280], [ColorScheme.Light, ColorScheme.Dark]);

    [Fact]
    public async Task A_slow_answer_is_announced_and_then_shown()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Visit.RunAsync(fixture, "#/jobs", async visit =>
        {
            await Expect(visit.Page.Locator(".skeleton")).ToBeVisibleAsync();
            await visit.Page.Clock.FastForwardAsync(4000);
            await Expect(visit.Page.GetByText("Still waiting for an answer.")).ToBeVisibleAsync();
            release.SetResult();
            await Expect(visit.Card(fixture.Video)).ToBeVisibleAsync();
            await Expect(visit.Page.GetByText("Still waiting for an answer.")).ToHaveCountAsync(0);
        }, new VisitOptions
        {
            Before = async visit =>
            {
                await visit.Page.Clock.InstallAsync();
                await visit.Context.RouteAsync(new Regex(Jobs), async route =>
                {
                    await release.Task;
                    await route.ContinueAsync();
                });
            },
        });
    }

    [Theory]
    [InlineData(503, "Unavailable: storage tables. Try again later.", "The app is unavailable")]
    [InlineData(502, null, "The app is unavailable")]
    [InlineData(500, null, "Something went wrong")]
    [InlineData(403, null, "Only available on its own machine")]
    [InlineData(400, "?provider= is one of sync.", "The app rejected the request")]
    [InlineData(200, null, "Something went wrong")]
    [InlineData(0, null, "The app cannot be reached")]
    public Task A_failure_of_the_API_is_named_and_retried_on_demand(int status, string? detail, string title) => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Heading(title)).ToBeVisibleAsync();
        if (detail is not null)
        {
            await Expect(visit.Page.GetByText(detail)).ToBeVisibleAsync();
            await Expect(visit.Page.GetByText("No answer within 2 seconds.")).ToHaveCountAsync(status == 503 ? 1 : 0);
        }

        await visit.Context.UnrouteAllAsync();
        await visit.Button("Try again").ClickAsync();
        await Expect(visit.Card(fixture.Video)).ToBeVisibleAsync();
    }, new VisitOptions
    {
        Before = visit => visit.Context.RouteAsync(new Regex(Jobs), route => status == 0 ? route.AbortAsync("connectionrefused") : route.FulfillAsync(new()
        {
            Status = status,
            ContentType = detail is null ? "text/html" : "application/problem+json",
            Body = detail is null
                ? "<h1>A front end's own page</h1>"
                : $$$"""{"type":"about:blank","title":"","status":{{{status}}},"detail":"{{{detail}}}","unavailable":{"GenerationJobs":"No answer within 2 seconds."}}""",
        })),
    });

    [Fact]
    public Task A_later_failure_does_not_remove_what_is_shown() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Page.Locator(".card")).Not.ToHaveCountAsync(0);
        await visit.Page.EvaluateAsync("() => scrollTo(0, document.body.scrollHeight)");
        await Expect(visit.Heading("The app is unavailable")).ToBeVisibleAsync();
        await Expect(visit.Page.Locator(".card")).Not.ToHaveCountAsync(0);
    }, new VisitOptions
    {
        Before = visit => visit.Context.RouteAsync(new Regex(Jobs), route => route.Request.Url.Contains("cursor=", StringComparison.Ordinal)
            ? route.FulfillAsync(new() { Status = 503 })
            : route.FulfillAsync(new() { ContentType = "application/json", Body = Page(0, 60) })),
    });

    [Fact]
    public Task An_app_without_jobs_says_what_to_do() => Visit.RunAsync(
        fixture,
        "#/jobs",
        visit => Expect(visit.Heading("No jobs yet")).ToBeVisibleAsync(),
        new VisitOptions { Before = visit => visit.AnswerAsync(Jobs, _ => """{"jobs":[],"cursor":null}""") });

    [Fact]
    public Task After_pages_without_a_matching_job_the_visitor_is_asked_whether_to_continue() => Visit.RunAsync(fixture, "#/jobs?status=Failed", async visit =>
    {
        await Expect(visit.Button("Search further back")).ToBeVisibleAsync();
        var requestCount = visit.Requests.Count(request => Regex.IsMatch(request.Url, Jobs));
        Assert.InRange(requestCount, 5, 7);
        await visit.Button("Search further back").ClickAsync();
        await visit.Page.WaitForRequestAsync(new Regex(Jobs));
    }, new VisitOptions { Before = visit => visit.AnswerAsync(Jobs, _ => """{"jobs":[],"cursor":"more"}""") });

    [Fact]
    public Task Ten_thousand_jobs_are_scrolled_through_with_a_few_dozen_cards() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Page.GetByText("job-00000", new() { Exact = true })).ToBeVisibleAsync();
        var most = await visit.Page.EvaluateAsync<int>("""
            async () => {
              let most = 0;
              const deadline = Date.now() + 60000;
              while (!document.querySelector('.list-end').textContent.includes('That is all') && Date.now() < deadline) {
                scrollTo(0, document.body.scrollHeight);
                await new Promise(requestAnimationFrame);
                most = Math.max(most, document.querySelectorAll('.card').length);
              }
              return most;
            }
            """);
        await Expect(visit.Page.GetByText("10,000 jobs. That is all of the last 30 days.")).ToBeVisibleAsync();
        Assert.InRange(most, 1, 80);
        await visit.Page.EvaluateAsync("() => scrollTo(0, document.body.scrollHeight)");
        await Expect(visit.Page.GetByText("job-09999", new() { Exact = true })).ToBeVisibleAsync();

        // Measures how long one step of scrolling blocks rendering, with all jobs loaded.
        var slowest = await visit.Page.EvaluateAsync<double>("""
            async () => {
              let slowest = 0;
              for (let step = 0; step < 40; step++) {
                const before = performance.now();
                scrollTo(0, (step * 7919) % document.body.scrollHeight);
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                slowest = Math.max(slowest, performance.now() - before);
              }
              return slowest;
            }
            """);
        TestContext.Current.SendDiagnosticMessage($"Slowest step of scrolling: {slowest:0} ms; most cards: {most}.");
        Assert.InRange(await visit.Page.Locator(".card").CountAsync(), 1, 80);
        Assert.InRange(await visit.Page.EvaluateAsync<int>("() => document.querySelectorAll('*').length"), 1, 2500);
    }, new VisitOptions
    {
        Before = async visit =>
        {
            await visit.AnswerAsync(Jobs, request =>
            {
                var query = HttpUtility.ParseQueryString(new Uri(request.Url).Query);
                return Page(int.Parse(query["cursor"] ?? "0", CultureInfo.InvariantCulture), int.Parse(query["top"]!, CultureInfo.InvariantCulture));
            });
            await visit.AnswerAsync(Job, request =>
            {
                var id = HttpUtility.ParseQueryString(new Uri(request.Url).Query)["id"]!;
                return $$"""{"job":{{JobOf(id)}},"assets":[],"linksExpireAt":null,"events":[],"moreEvents":false}""";
            });
        },
    });

    [Fact]
    public Task A_hidden_page_polls_nothing_and_an_idle_one_polls_less_and_less() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Card("running")).ToContainTextAsync("In progress");
        var (first, second) = (await CountAsync(60), await CountAsync(240));
        Assert.InRange(first, 3, 40);
        Assert.True(second < first * 2, $"{first} requests in the first minute, and {second} in the four after.");

        await visit.Page.EvaluateAsync("""
            () => {
              Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
              document.dispatchEvent(new Event('visibilitychange'));
            }
            """);
        Assert.Equal(0, await CountAsync(600));
        await visit.Page.RunAndWaitForRequestAsync(async () =>
        {
            await visit.Page.EvaluateAsync("""
                () => {
                  delete document.visibilityState;
                  document.dispatchEvent(new Event('visibilitychange'));
                }
                """);
            await visit.Page.Clock.RunForAsync(10_000);
        }, new Regex(Job));

        async Task<int> CountAsync(int seconds)
        {
            var before = visit.Requests.Count;
            for (var second = 0; second < seconds; second += 5)
            {
                await visit.Page.Clock.RunForAsync(5000);
            }

            return visit.Requests.Count - before;
        }
    }, new VisitOptions
    {
        Before = async visit =>
        {
            await visit.Page.Clock.InstallAsync();
            await visit.AnswerAsync(Jobs, _ => $$"""{"jobs":[{{JobOf("running", "Running")}}],"cursor":null}""");
            await visit.AnswerAsync(Job, _ => $$"""{"job":{{JobOf("running", "Running")}},"assets":[],"linksExpireAt":null,"events":[],"moreEvents":false}""");
        },
    });

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("\"><script>alert(1)</script><b x=\"")]
    [InlineData("javascript:alert(1)//' onclick='alert(1)")]
    [InlineData("{{constructor.constructor('alert(1)')()}}${alert(1)}")]
    [InlineData("\u202Eevil\u0000\uFFFD🎬 __proto__ toString")]
    [InlineData("__proto__")]
    public Task A_hostile_text_in_any_field_is_shown_as_text(string text) => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Page.Locator(".card")).ToHaveCountAsync(1);
        await AssertHarmlessAsync();
        await visit.Page.Locator(".card-title").ClickAsync();
        await Expect(visit.Page.Locator(".asset")).ToHaveCountAsync(3);
        await AssertHarmlessAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Raw webhook") }).ClickAsync();
        await visit.Page.GetByLabel("Master key").FillAsync("key");
        await visit.Button("Show").ClickAsync();
        await Expect(visit.Page.Locator("pre.document")).ToContainTextAsync("\"text\": ");
        await AssertHarmlessAsync();
        await visit.Button("Close").ClickAsync();
        await visit.GoToAsync("#/failures");
        await Expect(visit.Page.Locator(".group")).Not.ToHaveCountAsync(0);
        await AssertHarmlessAsync();
        await visit.GoToAsync("#/health");
        await Expect(visit.Page.Locator(".panel")).ToHaveCountAsync(3);
        await AssertHarmlessAsync();
        await visit.GoToAsync($"#/search?id={Uri.EscapeDataString(text)}");
        await Expect(visit.Page.Locator(".asset")).ToHaveCountAsync(3);
        await visit.AssertFitsAsync();

        async Task AssertHarmlessAsync()
        {
            Assert.Equal(0, await visit.Page.EvaluateAsync<int>("() => document.querySelectorAll('main script, main b, main img[src=x], main iframe, main [onclick], main [onerror], main a[href^=javascript]').length"));
            await visit.AssertFitsAsync();
        }
    }, new VisitOptions
    {
        Before = async visit =>
        {
            var hostile = HostileApi.Create(text);
            await visit.AnswerAsync("/api/(jobs|events|dead-letters|health)", request => hostile.Answer(new Uri(request.Url)));
        },
    });

    [Fact]
    public Task Documents_with_scripts_can_only_be_downloaded() => Visit.RunAsync(fixture, "#/jobs/sync?id=job", async visit =>
    {
        await Expect(visit.Page.Locator(".asset")).ToHaveCountAsync(4);
        await Expect(visit.Page.Locator(".asset img, .asset iframe, .asset object, .asset embed, .asset video, .asset audio")).ToHaveCountAsync(0);
        await Expect(visit.Button("Download page")).ToBeVisibleAsync();
        Assert.DoesNotContain(visit.Requests, request => request.Url.StartsWith(fixture.BlobOrigin, StringComparison.Ordinal));
    }, new VisitOptions
    {
        Before = visit => visit.AnswerAsync(Job, _ => new
        {
            job = new { provider = "sync", jobId = "job", status = "Succeeded", assurance = "Signed", eventType = "generation", updatedAt = "2026-11-27T00:00:00Z" },
            assets = new[] { ("page", "text/html"), ("drawing", "image/svg+xml"), ("other", "IMAGE/SVG+XML; charset=utf-8"), ("nothing", null) }.Select(file => new
            {
                name = file.Item1, state = "Stored", assurance = "Signed", blob = $"sync/job/{file.Item1}", bytes = 10, contentType = file.Item2, attempts = 1,
                url = $"{fixture.BlobOrigin}/assets/sync/job/{file.Item1}",
            }),
            linksExpireAt = "2099-01-01T00:00:00Z",
            events = Array.Empty<object>(),
            moreEvents = false,
        }),
    });

    [Fact]
    public async Task A_job_that_is_not_announced_yet_is_refreshed_until_it_is()
    {
        var pending = 2;
        await Visit.RunAsync(fixture, "#/jobs/sync?id=job", async visit =>
        {
            await Expect(visit.Page.GetByText("2 notifications not accepted yet.")).ToBeVisibleAsync();
            await Expect(visit.Page.GetByText("Refreshed automatically")).ToBeVisibleAsync();
            pending = 0;
            await Expect(visit.Page.GetByText("No notification is pending.")).ToBeVisibleAsync();
            await Expect(visit.Page.GetByText("Refreshed automatically")).ToHaveCountAsync(0);
        }, new VisitOptions
        {
            Before = visit => visit.AnswerAsync("/api/jobs/sync", _ => new
            {
                job = new { provider = "sync", jobId = "job", status = "Succeeded", assurance = "Signed", eventType = "generation", updatedAt = "2026-11-27T00:00:00Z" },
                assets = Array.Empty<object>(),
                events = new[] { new { space = "sync", id = "event", type = "generation", state = "Recorded", receivedAt = "2026-11-27T00:00:00Z", outcome = "o", notificationsPending = pending } },
                moreEvents = false,
            }),
        });
    }

    [Fact]
    public async Task An_expired_link_is_requested_again()
    {
        var requestCount = 0;
        await Visit.RunAsync(fixture, $"#/jobs/gemini?id={fixture.Video}", async visit =>
        {
            await visit.Page.WaitForFunctionAsync("() => document.querySelector('.asset video')?.readyState >= 1");
            Assert.Equal(2, requestCount);
            await Expect(visit.Page.GetByText("Previews cannot be loaded")).ToHaveCountAsync(0);
        }, new VisitOptions
        {
            Before = visit => visit.Context.RouteAsync(new Regex(Job), async route =>
            {
                if (++requestCount > 1)
                {
                    await route.ContinueAsync();
                    return;
                }

                var answer = JsonNode.Parse(await (await route.FetchAsync()).TextAsync())!;
                answer["linksExpireAt"] = "2020-01-01T00:00:00Z";
                answer["assets"]![0]!["url"] = $"{answer["assets"]![0]!["url"]}expired";
                await route.FulfillAsync(new() { ContentType = "application/json", Body = answer.ToJsonString() });
            }),
        });
    }

    [Theory]
    [InlineData(" { \"a\" : [1, 2.50, {}] , \"a\":\"x\\\"},{\" ,\"big\":12345678901234567890.10}", "{\n  \"a\": [\n    1,\n    2.50,\n    {}\n  ],\n  \"a\": \"x\\\"},{\",\n  \"big\": 12345678901234567890.10\n}")]
    [InlineData("not json {", "not json {")]
    [InlineData("\"only a text\"", "\"only a text\"")]
    public Task A_raw_webhook_is_indented_and_otherwise_shown_unchanged(string body, string shown) => Visit.RunAsync(fixture, $"#/jobs/gemini?id={fixture.Video}", async visit =>
    {
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Raw webhook") }).ClickAsync();
        await visit.Page.GetByLabel("Master key").FillAsync("key");
        await visit.Button("Show").ClickAsync();
        await Expect(visit.Page.Locator("pre.document")).ToBeVisibleAsync();
        Assert.Equal(shown, await visit.Page.Locator("pre.document").TextContentAsync());
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        await Expect(visit.Page.Locator(".toast")).ToBeVisibleAsync();
        Assert.Equal(body, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
    }, new VisitOptions { Before = visit => visit.AnswerAsync("/body", _ => body) });

    [Fact]
    public Task In_a_private_network_the_page_says_why_there_are_no_previews() => Visit.RunAsync(fixture, "#/jobs", async visit =>
    {
        await Expect(visit.Page.GetByText("Previews cannot be loaded")).ToBeVisibleAsync();
        await Expect(visit.Card(fixture.Pictures)).ToContainTextAsync("Not reachable from this browser");
        await Expect(visit.Card(fixture.Pictures)).ToContainTextAsync("Succeeded");
        await visit.Card(fixture.Pictures).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(visit.Page.GetByText("Previews cannot be loaded")).ToBeVisibleAsync();
    }, new VisitOptions { Before = visit => visit.Context.RouteAsync(new Regex($"^{Regex.Escape(fixture.BlobOrigin)}"), route => route.FulfillAsync(new() { Status = 403 })) });

    [Theory]
    [MemberData(nameof(Appearances))]
    public async Task Each_view_is_accessible_and_fits_the_window(int width, ColorScheme scheme)
    {
        Chromium.SkipUnlessAvailable();
        if (await fixture.IsWithoutFailuresAsync())
        {
            await fixture.CreateDeadLettersAsync(1);
        }

        await Visit.RunAsync(fixture, "", async visit =>
        {
            await visit.Page.GetByLabel("Function key").WaitForAsync();
            await AssertAccessibleAsync(visit, "key");
            await visit.Page.GetByLabel("Function key").FillAsync(DashboardFixture.Keys.Function);
            await visit.Button("Continue").ClickAsync();
            await visit.Card(fixture.Speech).Locator("audio").WaitForAsync();
            await visit.Card(fixture.Pictures).Locator("img").WaitForAsync();
            await AssertAccessibleAsync(visit, "jobs");
            await visit.GoToAsync($"#/jobs/replicate?id={fixture.Pictures}");
            await visit.Page.Locator(".asset img").First.WaitForAsync();
            await AssertAccessibleAsync(visit, "job");
            await visit.Button("Erase …").ClickAsync();
            await AssertAccessibleAsync(visit, "dialog");
            await visit.Button("Cancel").ClickAsync();
            await visit.GoToAsync("#/failures");
            await visit.Page.Locator(".group").First.WaitForAsync();
            await AssertAccessibleAsync(visit, "failures");
            await visit.GoToAsync("#/health");
            await visit.Page.Locator(".panel").First.WaitForAsync();
            await AssertAccessibleAsync(visit, "health");
            await visit.GoToAsync("#/jobs/sync?id=none");
            await visit.Heading("Unknown job").WaitForAsync();
            await AssertAccessibleAsync(visit, "unknown job");
        }, new VisitOptions { HasKey = false, Width = width, Scheme = scheme });
    }

    private static async Task AssertAccessibleAsync(Visit visit, string view)
    {
        var size = visit.Page.ViewportSize!;
        foreach (var width in (int[])[600, 768, 1024, 1600, size.Width])
        {
            await visit.Page.SetViewportSizeAsync(width, size.Height);
            // The browser lays out the grid again in one of the next frames.
            await visit.Page.WaitForFunctionAsync("() => document.documentElement.scrollWidth <= innerWidth");
            await visit.AssertFitsAsync();
        }

        var found = await visit.Page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        Assert.Equal([], found.Violations
            .Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{view}: {violation.Id}: {string.Join(", ", violation.Nodes.Select(node => $"{node.Target} {node.Html}").Take(3))}"));
    }

    private static string Page(int from, int top)
    {
        const int All = 10_000;
        var to = Math.Min(All, from + top);
        var jobs = Enumerable.Range(from, to - from).Select(number => JobOf(string.Create(CultureInfo.InvariantCulture, $"job-{number:00000}")));
        return $$"""{"jobs":[{{string.Join(',', jobs)}}],"cursor":{{(to < All ? $"\"{to}\"" : "null")}}}""";
    }

    private static string JobOf(string id, string status = "Succeeded") =>
        $$"""{"provider":"sync","jobId":"{{id}}","status":"{{status}}","assurance":"Signed","eventType":"generation","updatedAt":"2026-11-27T00:00:00Z","webhookId":"w","blobPrefix":""}""";
}
