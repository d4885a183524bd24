using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using WebhookFunctions.Tests.EndToEnd;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Options of a <see cref="Visit"/>.</summary>
internal sealed record VisitOptions
{
    /// <summary>Gets the width of the window in pixels. The default value is 1280.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Gets the colour scheme of the system. The default value is light.</summary>
    public ColorScheme Scheme { get; init; } = ColorScheme.Light;

    /// <summary>Gets the visitor's time zone. The default value is UTC.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Gets whether the visitor has entered the function key. The default value is true.</summary>
    public bool HasKey { get; init; } = true;

    /// <summary>Gets the app that is visited. If null, it is the fixture's, which requires keys. The default value is null.</summary>
    public RunningApp? App { get; init; }

    /// <summary>Gets a function that runs before the page is opened, and can replace answers of the app.</summary>
    public Func<Visit, Task>? Before { get; init; }
}

/// <summary>Visitor with a separate browser context that records everything that must not happen.</summary>
internal sealed class Visit
{
    private static readonly string[] ViolationMarks = ["Content Security Policy", "violat", "TrustedHTML"];

    private readonly ConcurrentQueue<string> _problems = new();
    private readonly RunningApp _app;

    private Visit(RunningApp app, IBrowserContext context, IPage page) => (_app, Context, Page) = (app, context, page);

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>Gets the browser's requests, in their order.</summary>
    public ConcurrentQueue<IRequest> Requests { get; } = new();

    /// <summary>
    /// Opens a view and runs <paramref name="then"/>. Afterwards asserts that no script failed, no policy was violated, no other host was requested, and
    /// no address contained a key.
    /// </summary>
    public static async Task RunAsync(DashboardFixture fixture, string view, Func<Visit, Task> then, VisitOptions? options = null)
    {
        Chromium.SkipUnlessAvailable();
        options ??= new VisitOptions();
        var app = options.App ?? fixture.App;
        var context = await fixture.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = options.Width, Height = options.Width < 600 ? 740 : 860 },
            ColorScheme = options.Scheme,
            TimezoneId = options.Zone,
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        Visit? visit = null;
        try
        {
            context.SetDefaultTimeout((float)DashboardFixture.MaxWait.TotalMilliseconds);
            if (options.HasKey)
            {
                await context.AddInitScriptAsync($"sessionStorage.getItem('function-key') ?? sessionStorage.setItem('function-key', '{DashboardFixture.Keys.Function}')");
            }

            // Runs before the page's scripts, and reports violations of the policy that the console does not show.
            await context.AddInitScriptAsync("addEventListener('securitypolicyviolation', event => console.error(`violation of ${event.violatedDirective}: ${event.blockedURI}`))");
            visit = new Visit(app, context, await context.NewPageAsync());
            visit.Listen();
            await (options.Before?.Invoke(visit) ?? Task.CompletedTask);
            await visit.Page.GotoAsync(app.Host.Dashboard + view);
            await then(visit);
            visit.AssertClean();
        }
        catch (PlaywrightException) when (visit is not null)
        {
            // An expectation that was not met says what it looked for. The page's own text often says why that was not there.
            TestContext.Current.TestOutputHelper?.WriteLine(await visit.Page.InnerTextAsync("body"));
            throw;
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

    /// <summary>Answers requests whose address matches the regular expression with JSON.</summary>
    public Task AnswerAsync(string address, Func<IRequest, object> answer, int status = 200, string contentType = "application/json") =>
        Context.RouteAsync(new Regex(address), route => route.FulfillAsync(new()
        {
            Status = status,
            ContentType = contentType,
            Body = answer(route.Request) is var body && body is string text ? text : JsonSerializer.Serialize(body),
        }));

    /// <summary>Asserts that the page does not scroll horizontally.</summary>
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
            Assert.Contains(origin, (string[])[_app.Host.Dashboard.GetLeftPart(UriPartial.Authority), _app.Storage.Assets.Uri.GetLeftPart(UriPartial.Authority)]);
        });
    }

    private void Listen()
    {
        Page.PageError += (_, error) => _problems.Enqueue($"A script failed: {error}");
        Page.Dialog += (_, dialog) => _problems.Enqueue($"A dialog opened: {dialog.Message}");
        Page.Console += (_, message) =>
        {
            if (Array.Exists(ViolationMarks, mark => message.Text.Contains(mark, StringComparison.Ordinal)))
            {
                _problems.Enqueue(message.Text);
            }
        };
        Page.Request += (_, request) => Requests.Enqueue(request);
    }
}
