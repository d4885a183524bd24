using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Options of a visit.</summary>
internal sealed record VisitOptions
{
    /// <summary>The width of the window in pixels. The default value is 1280.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>The system's colours. The default value is light.</summary>
    public ColorScheme Scheme { get; init; } = ColorScheme.Light;

    /// <summary>The visitor's time zone. The default value is UTC.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Whether the visitor has entered the function key. The default value is true.</summary>
    public bool HasKey { get; init; } = true;

    /// <summary>Whether the app is shown as one that asks for no keys: each request gets the master key on its way. The default value is false.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Puts other answers in the place of the app's before the page is opened.</summary>
    public Func<Visit, Task>? Before { get; init; }
}

/// <summary>A visitor in a browser context of his own, of whom everything is kept that must not happen.</summary>
internal sealed class Visit
{
    private static readonly string[] MarkOfViolation = ["Content Security Policy", "violat", "TrustedHTML"];

    private readonly ConcurrentQueue<string> _problems = new();
    private readonly DashboardFixture _fixture;

    private Visit(DashboardFixture fixture, IBrowserContext context, IPage page) => (_fixture, Context, Page) = (fixture, context, page);

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>The addresses that the browser asked for, in their order.</summary>
    public ConcurrentQueue<IRequest> Requests { get; } = new();

    /// <summary>
    /// Opens a view and does what <paramref name="then"/> does. Then no script may have failed, no policy may have been violated, no other host asked, and no key
    /// may have stood in an address.
    /// </summary>
    public static async Task RunAsync(DashboardFixture fixture, string view, Func<Visit, Task> then, VisitOptions? options = null)
    {
        Chromium.SkipUnlessAvailable();
        options ??= new VisitOptions();
        var context = await fixture.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = options.Width, Height = options.Width < 600 ? 740 : 860 },
            ColorScheme = options.Scheme,
            TimezoneId = options.Zone,
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        try
        {
            context.SetDefaultTimeout((float)DashboardFixture.LongestWait.TotalMilliseconds);
            if (options.HasKey && !options.IsOpen)
            {
                await context.AddInitScriptAsync($"sessionStorage.getItem('function-key') ?? sessionStorage.setItem('function-key', '{DashboardFixture.Keys.Function}')");
            }

            // Before the page's own scripts: a violation of the policy is reported even where the console is silent.
            await context.AddInitScriptAsync("addEventListener('securitypolicyviolation', event => console.error(`violation of ${event.violatedDirective}: ${event.blockedURI}`))");
            var visit = new Visit(fixture, context, await context.NewPageAsync());
            visit.Listen();
            if (options.IsOpen)
            {
                await context.RouteAsync(new Regex("/api/(?!dashboard)"), route => route.ContinueAsync(new()
                {
                    Headers = new Dictionary<string, string>(route.Request.Headers) { ["x-functions-key"] = DashboardFixture.Keys.Master },
                }));
            }

            await (options.Before?.Invoke(visit) ?? Task.CompletedTask);
            await visit.Page.GotoAsync(fixture.Page + view);
            await then(visit);
            visit.AssertClean();
        }
        finally
        {
            await context.CloseAsync();
        }
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Heading(string name) => Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    public ILocator Card(string job) => Page.Locator(".card").Filter(new() { Has = Page.Locator($"a[title='{job}']") });

    public Task GoToAsync(string view) => Page.EvaluateAsync("view => { location.hash = view; }", view);

    /// <summary>Answers requests whose address fits with JSON.</summary>
    public Task AnswerAsync(string address, Func<IRequest, object> answer, int status = 200, string contentType = "application/json") =>
        Context.RouteAsync(new Regex(address), route => route.FulfillAsync(new()
        {
            Status = status,
            ContentType = contentType,
            Body = answer(route.Request) is var body && body is string text ? text : JsonSerializer.Serialize(body),
        }));

    /// <summary>The page does not scroll sideways.</summary>
    public async Task AssertFitsAsync()
    {
        var beyond = await Page.EvaluateAsync<string>("""
            () => document.documentElement.scrollWidth <= innerWidth ? '' : [...document.querySelectorAll('main *, .top *')]
              .filter(element => element.getBoundingClientRect().right > innerWidth + 1).map(element => `${element.tagName}.${element.className}`).slice(0, 5).join(', ')
            """);
        Assert.Equal("", beyond);
    }

    private void AssertClean()
    {
        Assert.Empty(_problems);
        Assert.All(Requests, request =>
        {
            Assert.DoesNotContain(DashboardFixture.Keys.Function, request.Url, StringComparison.Ordinal);
            Assert.DoesNotContain(DashboardFixture.Keys.Master, request.Url, StringComparison.Ordinal);
            var origin = new Uri(request.Url).GetLeftPart(UriPartial.Authority);
            Assert.Contains(origin, (string[])[_fixture.Page.GetLeftPart(UriPartial.Authority), _fixture.BlobOrigin]);
        });
    }

    private void Listen()
    {
        Page.PageError += (_, error) => _problems.Enqueue($"A script failed: {error}");
        Page.Dialog += (_, dialog) => _problems.Enqueue($"A dialog came up: {dialog.Message}");
        Page.Console += (_, message) =>
        {
            if (Array.Exists(MarkOfViolation, mark => message.Text.Contains(mark, StringComparison.Ordinal)))
            {
                _problems.Enqueue(message.Text);
            }
        };
        Page.Request += (_, request) => Requests.Enqueue(request);
    }
}
