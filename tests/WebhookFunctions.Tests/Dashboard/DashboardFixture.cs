using System.Net;
using System.Text;
using System.Text.Json;
using FunctionsHost.Hosting;
using LocalHost.Samples;
using Microsoft.Playwright;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Downloading;
using WebhookFunctions.Tests.EndToEnd;
using WebhookFunctions.Tests.Fixtures;
using SampleMedia = LocalHost.Samples.SampleMedia;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>Fixture with one browser and one running app that requires keys, with a job of each kind, for all tests of the page in a
/// browser.</summary>
public sealed class DashboardFixture(AzuriteFixture azurite) : IAsyncLifetime
{
    internal static readonly FunctionKeys Keys = new("the-function-key-of-these-tests", "the-master-key-of-these-tests");

    /// <summary>The maximum wait, which is far longer than any step takes on a busy machine.</summary>
    internal static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(60);

    private readonly HostileServer _source = new();
    private IPlaywright _playwright = null!;

    internal IBrowser Browser { get; private set; } = null!;

    internal RunningApp App { get; private set; } = null!;

    internal Uri Page => App.Host.Dashboard;

    /// <summary>Gets the origin from which the browser loads files.</summary>
    internal string BlobOrigin => App.Storage.Assets.Uri.GetLeftPart(UriPartial.Authority);

    /// <summary>Gets a job with a video.</summary>
    internal string Video { get; private set; } = "";

    /// <summary>Gets a job with two pictures and two events.</summary>
    internal string Pictures { get; private set; } = "";

    /// <summary>Gets an unconfirmed job with speech.</summary>
    internal string Speech { get; private set; } = "";

    /// <summary>Gets a job that failed at its provider.</summary>
    internal string Failed { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Program is null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout((float)MaxWait.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync();
        var launching = _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Program });
        App = await RunningApp.StartAsync(await azurite.NewAccountAsync(), options => options with { Keys = Keys });
        Browser = await launching;
        Video = await SendVideoAsync(Serve("video.webm"));
        Pictures = await SendAsync("replicate", "processing", "succeeded");
        Speech = await SendAsync("geminigen", "TTS_TEXT_SUCCESS");
        Failed = await SendAsync("replicate", "failed");
    }

    public async ValueTask DisposeAsync()
    {
        if (Chromium.Program is not null)
        {
            await Browser.DisposeAsync();
            await App.DisposeAsync();
            _playwright.Dispose();
        }

        await _source.DisposeAsync();
    }

    /// <summary>Serves a sample's file at a new path, and returns the link.</summary>
    internal string Serve(string file)
    {
        var path = $"/{Guid.NewGuid():n}/{file}";
        return Serve(path, file);
    }

    /// <summary>Serves a sample's file at a path, which may have answered an error before.</summary>
    internal string Serve(string path, string file)
    {
        var (contentType, content) = SampleMedia.Create($"{path}/{file}");
        return _source.Serve(path, content, contentType, $"\"{Guid.NewGuid():n}\"");
    }

    /// <summary>Returns a link to a file that is served after <paramref name="release"/> has completed.</summary>
    internal string ServeAfter(Task release, string file)
    {
        var path = $"/{Guid.NewGuid():n}/{file}";
        var (contentType, content) = SampleMedia.Create(path);
        return _source.On(path, async exchange =>
        {
            await release;
            await exchange.ServeAsync(content, contentType, "\"v1\"");
        });
    }

    /// <summary>Returns a link for which the source answers a permanent error.</summary>
    internal string Refused(out string path) => _source.Url(path = $"/{Guid.NewGuid():n}/refused.webm");

    /// <summary>Sends a webhook of Gemini with a video, and returns the job after the event has ended.</summary>
    internal async Task<string> SendVideoAsync(string link, string? job = null, bool isAwaited = true)
    {
        job ??= $"video-{Guid.NewGuid():n}";
        var id = $"id-{Guid.NewGuid():n}";
        using var answer = await App.PostAsync(
            "gemini", id, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { type = "video.generated", data = new { id = job, output_file_uri = link } })));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        if (isAwaited)
        {
            await App.EndedAsync("gemini", id);
        }

        return job;
    }

    /// <summary>Creates dead letters in the queue of downloads, and returns the jobs and the paths of their files at the source.</summary>
    internal async Task<IReadOnlyList<(string Job, string Path)>> CreateDeadLettersAsync(int count)
    {
        var before = (await App.Host.GetCountsAsync(QueueNames.AssetDownloads, TestContext.Current.CancellationToken)).DeadLetters;
        var jobs = new List<(string, string)>();
        for (var i = 0; i < count; i++)
        {
            jobs.Add((await SendVideoAsync(Refused(out var path)), path));
        }

        await Eventually.TrueAsync(
            async () => (await App.Host.GetCountsAsync(QueueNames.AssetDownloads, TestContext.Current.CancellationToken)).DeadLetters == before + count,
            "The dead letters");
        return jobs;
    }

    /// <summary>Returns whether the queue of downloads has no dead letters.</summary>
    internal async Task<bool> IsWithoutFailuresAsync() =>
        (await App.Host.GetCountsAsync(QueueNames.AssetDownloads, TestContext.Current.CancellationToken)).DeadLetters == 0;

    /// <summary>Sends events of one job, each after the previous one has ended, and returns the job.</summary>
    internal async Task<string> SendAsync(string provider, params string[] events)
    {
        var scene = new SampleScene(SampleScene.NewId(), TimeProvider.System.GetUtcNow(), App.Media.Add);
        foreach (var name in events)
        {
            var webhook = AppKeys.Samples(provider).Samples.Single(sample => sample.Event == name).Write(scene);
            await App.AssertAcceptedAsync(provider, webhook);
            var row = await App.EndedAsync(provider, webhook.WebhookId);
            Assert.True(row.State is EventState.Completed or EventState.Recorded, $"{provider} {name} ended {row.State}.");
        }

        return scene.JobId;
    }
}
