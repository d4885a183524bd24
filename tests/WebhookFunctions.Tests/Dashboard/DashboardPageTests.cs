using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Dashboard;
using WebhookFunctions.Storage;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Tests of the page's files and of the headers that restrict what a browser lets them do.</summary>
public sealed partial class DashboardPageTests
{
    private static readonly string Folder = Repository.File("functions", "Dashboard", "Page");

    private static readonly DashboardPage Page = PageOf("https://stx.blob.core.windows.net");

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder).Select(file => Path.GetFileName(file))];

    [Fact]
    public async Task The_page_is_at_the_address_with_a_slash_and_the_one_without_redirects_to_it()
    {
        var page = await AnswerAsync("/api/dashboard/", null);
        var without = await AnswerAsync("/api/dashboard", null);

        Assert.Equal((200, "text/html; charset=utf-8"), (page.StatusCode, page.ContentType));
        Assert.Equal((307, "dashboard/"), (without.StatusCode, (string?)without.Headers.Location));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Each_file_is_served_completely_with_its_type_and_the_restricting_headers(string name)
    {
        var answer = await AnswerAsync($"/api/dashboard/{name}", name);

        Assert.Equal(200, answer.StatusCode);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Folder, name), TestContext.Current.CancellationToken), ((MemoryStream)answer.Body).ToArray());
        Assert.Equal(
            Path.GetExtension(name) switch
            {
                ".html" => "text/html; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".js" => "text/javascript; charset=utf-8",
                ".svg" => "image/svg+xml",
                _ => "application/json",
            },
            answer.ContentType);
        Assert.Equal(
            ("nosniff", "no-referrer", "same-origin", "no-cache"),
            ((string?)answer.Headers.XContentTypeOptions, (string?)answer.Headers["Referrer-Policy"], (string?)answer.Headers["Cross-Origin-Opener-Policy"], (string?)answer.Headers.CacheControl));
        AssertConfined(answer);
    }

    [Theory]
    [InlineData("none.js")]
    [InlineData("../openapi.json")]
    [InlineData("APP.JS")]
    [InlineData("sub/app.js")]
    [InlineData("dashboard/app.js")]
    public async Task No_other_file_is_found(string name)
    {
        var answer = await AnswerAsync($"/api/dashboard/{name}", name);

        Assert.Equal((404, 0L), (answer.StatusCode, answer.Body.Length));
        AssertConfined(answer);
    }

    [Fact]
    public async Task A_browser_that_has_cached_the_file_gets_no_body()
    {
        var tag = (string?)(await AnswerAsync("/api/dashboard/app.js", "app.js")).Headers.ETag;
        var other = (string?)(await AnswerAsync("/api/dashboard/api.js", "api.js")).Headers.ETag;

        Assert.NotEqual(tag, other);
        Assert.Equal((304, 0L), await AskAsync(tag!));
        Assert.Equal((304, 0L), await AskAsync($"W/{tag}"));
        Assert.Equal((304, 0L), await AskAsync($"{other}, {tag}"));
        Assert.Equal((304, 0L), await AskAsync("*"));
        Assert.Equal(200, (await AskAsync(other!)).Status);
        Assert.Equal(200, (await AskAsync("app.js")).Status);

        async Task<(int Status, long Length)> AskAsync(string tags)
        {
            var answer = await AnswerAsync("/api/dashboard/app.js", "app.js", tags);
            return (answer.StatusCode, answer.Body.Length);
        }
    }

    [Theory]
    [InlineData("https://stx.blob.core.windows.net", "https://stx.blob.core.windows.net")]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10000")]
    public async Task Pictures_and_media_may_come_only_from_the_deployments_storage(string blobs, string origin)
    {
        var policy = (string)(await AnswerAsync("/api/dashboard/", null, page: PageOf(blobs))).Headers.ContentSecurityPolicy!;

        Assert.Equal(
            $"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' {origin}; media-src {origin}; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            policy);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_file_interprets_text_as_markup_or_names_another_host(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, name));

        Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|new Function|javascript:", text);
        Assert.All(Address().Matches(text), address => Assert.StartsWith("http://www.w3.org/2000/svg", address.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_has_no_inline_script_and_no_inline_style()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "index.html"));

        Assert.All(Script().Matches(page), script => Assert.Equal("", script.Groups[1].Value));
        Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=", page);
    }

    [Fact]
    public void Every_file_is_used_and_every_file_that_is_used_exists()
    {
        var there = Files.Select(file => file.Data).ToHashSet();
        var used = there
            .SelectMany(file => Reference().Matches(File.ReadAllText(Path.Combine(Folder, file))))
            .Select(match => match.Groups[1].Value)
            .Append("index.html");

        Assert.Equal(there.Order(StringComparer.Ordinal), used.Distinct().Order(StringComparer.Ordinal));
    }

    private static void AssertConfined(HttpResponse answer)
    {
        var policy = (string)answer.Headers.ContentSecurityPolicy!;
        Assert.StartsWith("default-src 'none'; script-src 'self'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("*", policy, StringComparison.Ordinal);
    }

    private static DashboardPage PageOf(string blobs) => new(new StorageClients(
        new TableServiceClient("UseDevelopmentStorage=true"), new BlobServiceClient(new Uri(blobs))));

    private static async Task<HttpResponse> AnswerAsync(string path, string? name, string? tags = null, DashboardPage? page = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Headers.IfNoneMatch = tags;
        context.Response.Body = new MemoryStream();
        await (page ?? Page).Answer(context.Request, name).ExecuteAsync(context);
        return context.Response;
    }

    [GeneratedRegex(@"[a-z]+://[^\s'""<>`)]+", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex(@"<script[^>]*>([^<]*)</script>", RegexOptions.CultureInvariant)]
    private static partial Regex Script();

    [GeneratedRegex(@"(?:from '\./|(?:src|href)=""|new URL\(')([\w-]+\.(?:js|css|svg|json))['""]", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
