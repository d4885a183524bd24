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

    /// <summary>Far longer than anything takes that works, on a busy machine too.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly HostileServer _source = new();
    private IPlaywright _playwright = null!;

    internal IBrowser Browser { get; private set; } = null!;

    internal RunningApp App { get; private set; } = null!;

    internal Uri Page => App.Host.Dashboard;

    /// <summary>The origin from which the browser gets files.</summary>
    internal string BlobOrigin => App.Storage.Assets.Uri.GetLeftPart(UriPartial.Authority);

    /// <summary>A job with a video.</summary>
    internal string Video { get; private set; } = "";

    /// <summary>A job with two pictures, which has two events.</summary>
    internal string Pictures { get; private set; } = "";

    /// <summary>A job with speech, which nothing proves.</summary>
    internal string Speech { get; private set; } = "";

    /// <summary>A job that failed at its provider.</summary>
    internal string Failed { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Program is null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout((float)LongestWait.TotalMilliseconds);
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

    /// <summary>Serves a sample's file at a path of its own; returns the link.</summary>
    internal string Serve(string file)
    {
        var path = $"/{Guid.NewGuid():n}/{file}";
        return Serve(path, file);
    }

    /// <summary>Serves a sample's file at a path that may have been refused before.</summary>
    internal string Serve(string path, string file)
    {
        var (contentType, content) = SampleMedia.Create($"{path}/{file}");
        return _source.Serve(path, content, contentType, $"\"{Guid.NewGuid():n}\"");
    }

    /// <summary>A link to a file that is served when <paramref name="release"/> has ended.</summary>
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

    /// <summary>A link that the source refuses for good.</summary>
    internal string Refused(out string path) => _source.Url(path = $"/{Guid.NewGuid():n}/refused.webm");

    /// <summary>Sends a webhook of Gemini that names a video, and returns the job once the event has ended.</summary>
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

    /// <summary>Makes dead letters of the queue of downloads; returns the jobs and the paths at which their files were refused.</summary>
    internal async Task<IReadOnlyList<(string Job, string Path)>> GiveUpAsync(int count)
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

    /// <summary>Whether no download is a dead letter.</summary>
    internal async Task<bool> IsWithoutFailuresAsync() =>
        (await App.Host.GetCountsAsync(QueueNames.AssetDownloads, TestContext.Current.CancellationToken)).DeadLetters == 0;

    /// <summary>Sends events of one job, each when the one before has ended; returns the job.</summary>
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
