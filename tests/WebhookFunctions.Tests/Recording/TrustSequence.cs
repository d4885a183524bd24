using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs.Models;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WebhookFunctions.Downloading;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Operations.Recovery;
using WebhookFunctions.Receiving;
using WebhookFunctions.Recording;
using WebhookFunctions.Storage;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Tests.Fixtures;
using WebhookFunctions.Tests.Providers;
using WebhookFunctions.Tests.Providers.StandIns;
using WebhookFunctions.Tests.Verification;

namespace WebhookFunctions.Tests.Recording;

/// <summary>Setting of the deployment that proves the events of providers with one signing key for all customers.</summary>
public enum Proof
{
    /// <summary>A token in the URLs.</summary>
    Token,

    /// <summary>A key for each API.</summary>
    ApiKey,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>Fixture with the stand-ins of the APIs and of the media hosts, which all seeds share.</summary>
public sealed class TrustWorld : IAsyncLifetime
{
    internal GeminiStandIn Gemini { get; private set; } = null!;

    internal StandInServer GeminiGen { get; private set; } = null!;

    /// <summary>Gets a media host that the deployment's settings allow.</summary>
    internal StandInServer Media { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        (Gemini, GeminiGen, Media) = (await GeminiStandIn.StartAsync(), await StandInServer.StartAsync(), await StandInServer.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await Media.DisposeAsync();
        await GeminiGen.DisposeAsync();
        await Gemini.Storage.DisposeAsync();
        await Gemini.DisposeAsync();
    }
}

/// <summary>
/// Random sequence of genuine and forged webhooks for the same jobs. A seed determines the order in which they are sent to the app's receiver, and
/// the order in which the queues are processed. The forger has genuine signatures of both providers, and knows all job ids and webhook ids in advance.
/// </summary>
internal sealed class TrustSequence : IAsyncDisposable
{
    private const string UrlToken = "sequence-token-0123456789";

    private static readonly byte[] Mp4 = [.. "\0\0\0\u0018ftypisom"u8];

    private readonly Random _random;
    private readonly Proof _proof;
    private readonly TrustWorld _world;
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly CapturingServiceBus _bus = new();
    private readonly ServiceProvider _services;
    private readonly List<SequenceJob> _jobs;
    private readonly HashSet<string> _seen = [];
    private readonly Dictionary<string, int> _collected = [];
    private readonly List<(string Queue, ServiceBusMessage Message)> _waiting = [];
    private int _deliveries;

    private TrustSequence(int seed, Proof proof, TrustWorld world, string storage)
    {
        (_random, _proof, _world) = (new Random(seed), proof, world);
        var settings = new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["AzureWebJobsStorage"] = storage,
            ["Assets:AllowLoopback"] = "true",
            ["Assets:AllowedHosts"] = "127.0.0.1",
            [SampleSettings.GeminiGen.Item1] = SampleSettings.GeminiGen.Item2,
            [SampleSettings.Gemini.Item1] = SampleSettings.Gemini.Item2,
            [SampleSettings.Dynamic.Item1] = SampleSettings.Dynamic.Item2,
            ["GEMINI_JWKS_URL"] = world.Gemini.Origin + GeminiStandIn.JwksPath,
            ["GEMINI_API_BASE_URL"] = world.Gemini.Origin,
            ["GEMINIGEN_API_BASE_URL"] = world.GeminiGen.Origin,
            ["GEMINI_API_KEY"] = proof == Proof.ApiKey ? GeminiStandIn.ApiKey : null,
            ["GEMINIGEN_API_KEY"] = proof == Proof.ApiKey ? "geminigen-api-key" : null,
            ["GEMINI_WEBHOOK_TOKEN"] = proof == Proof.Token ? UrlToken : null,
            ["GEMINIGEN_WEBHOOK_TOKEN"] = proof == Proof.Token ? UrlToken : null,
        };
        _services = AppServices.Compose(settings, _bus, services => services.AddSingleton<TimeProvider>(_clock));
        _jobs = [.. Enumerable.Range(0, _random.Next(2, 5)).Select(i => NewJob(i % 2 == 0 ? "geminigen" : "gemini"))];
    }

    /// <summary>Gets the dead letters. A forger must not be able to cause one.</summary>
    public List<Settlement.DeadLetter> DeadLetters { get; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Runs a seed to its end, and compares the results with the expected ones.</summary>
    public static async Task RunAsync(int seed, Proof proof, TrustWorld world, AzuriteFixture azurite)
    {
        await azurite.StorageAsync();
        await using var sequence = new TrustSequence(seed, proof, world, await azurite.ConnectionStringAsync());
        var requests = sequence.Write();
        await sequence.PlayAsync(requests);
        if (proof == Proof.ApiKey)
        {
            await sequence.RecoverAsync(requests);
        }

        await sequence.CheckAsync(requests, $"Seed {seed}, {proof}");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private SequenceJob NewJob(string provider)
    {
        var id = Guid.NewGuid().ToString();
        var job = new SequenceJob(provider, id, Fails: _random.Next(3) == 0, Media(id, 'G'));
        if (provider == "geminigen")
        {
            _world.GeminiGen.OnJson($"/uapi/v1/history/{id}", job.Fails
                ? $$"""{"uuid":"{{id}}","status":3,"error_message":"No credit."}"""
                : $$"""{"uuid":"{{id}}","status":2,"media_url":"{{job.Link}}"}""");
        }
        else
        {
            _world.Gemini.AddJob($"batches/{id}", job.Fails
                ? """{"metadata":{"state":"BATCH_STATE_FAILED"},"error":{"code":13,"message":"No credit."} }"""
                : $$"""{"metadata":{"state":"BATCH_STATE_SUCCEEDED"},"response":{"responsesFile":"{{job.Link}}"} }""");
        }

        return job;
    }

    /// <summary>Serves a video whose content identifies its owner, and returns its link.</summary>
    private string Media(string job, char owner)
    {
        var name = $"/{job}/{owner}{_random.Next():x}";
        _world.Media.OnBytes(name, [.. Mp4, .. Encoding.ASCII.GetBytes(name)], "video/mp4");
        return _world.Media.Origin + name;
    }

    /// <summary>Returns all requests in the order in which they are sent.</summary>
    private List<SequenceRequest> Write()
    {
        var requests = new List<SequenceRequest>();
        foreach (var job in _jobs)
        {
            if (_random.Next(2) == 0)
            {
                requests.Add(Genuine(job, isFinal: false));
            }

            requests.Add(Genuine(job, isFinal: true));
            for (var forged = _random.Next(1, 6); forged > 0; forged--)
            {
                requests.Add(Forged(job));
            }
        }

        var order = requests.ToArray();
        _random.Shuffle(order);
        return [.. order];
    }

    private static SequenceRequest Genuine(SequenceJob job, bool isFinal)
    {
        var id = isFinal ? job.FinalId : $"running-{job.Id}";
        var body = (job.Provider, isFinal, job.Fails) switch
        {
            ("geminigen", false, _) => GeminiGen("VIDEO_GENERATION_STARTED", id, job.Id, 1),
            ("geminigen", true, true) => GeminiGen("VIDEO_GENERATION_FAILED", id, job.Id, 3, error: "No credit."),
            ("geminigen", true, false) => GeminiGen("VIDEO_GENERATION_COMPLETED", id, job.Id, 2, job.Link),
            (_, false, _) => Gemini("batch.started", job.Id, null),
            (_, true, true) => Gemini("batch.failed", job.Id, null, error: "No credit."),
            _ => Gemini("batch.succeeded", job.Id, job.Link),
        };
        return new SequenceRequest(job, id, body, IsForged: false, Link: isFinal && !job.Fails ? job.Link : null, IsFinal: isFinal);
    }

    private SequenceRequest Forged(SequenceJob job)
    {
        // Sometimes the id of the genuine final event. Then only the first of the two has an effect.
        var id = _random.Next(4) == 0 ? job.FinalId : $"forged-{Guid.NewGuid()}";
        var about = _random.Next(6) == 0 ? $"invented-{Guid.NewGuid()}" : job.Id;
        var link = Media(about, 'F');
        if (job.Provider == "geminigen")
        {
            var types = (string[])["VIDEO_GENERATION_COMPLETED", "VIDEO_GENERATION_FAILED", "TTS_TEXT_SUCCESS", "ANYTHING", ""];
            var (type, status) = (types[_random.Next(types.Length)], _random.Next(0, 5));
            var succeeds = type is "VIDEO_GENERATION_COMPLETED" or "TTS_TEXT_SUCCESS" && status != 3;
            var isFinal = succeeds || type is "VIDEO_GENERATION_FAILED" || status is 2 or 3;
            return new SequenceRequest(
                job, id, GeminiGen(type, id, about, status, link, "PWNED", "8999-12-31T00:00:00"), IsForged: true, succeeds ? link : null, isFinal, about);
        }

        // The app cannot ask the API about the last kind, because its job's id is not the name of an operation.
        var kinds = (string[])["batch.succeeded", "batch.failed", "batch.expired", "batch.paused", "webhook.ping", "video.generated"];
        var kind = kinds[_random.Next(kinds.Length)];
        var brings = kind is "batch.succeeded" or "video.generated";
        return new SequenceRequest(
            job, id, Gemini(kind, about, link, "PWNED", "8999-12-31T00:00:00Z"), IsForged: true, brings ? link : null, brings || kind is "batch.failed" or "batch.expired", about)
        {
            CanBeConfirmed = kind.StartsWith("batch.", StringComparison.Ordinal),
        };
    }

    private static string GeminiGen(string type, string id, string job, int status, string? link = null, string? error = null, string? at = null) =>
        JsonSerializer.Serialize(new { @event = type, uuid = id, data = new { uuid = job, status, media_url = link, error_message = error, updated_at = at } });

    private static string Gemini(string type, string job, string? link, string? error = null, string? at = null) => JsonSerializer.Serialize(new
    {
        type,
        version = "v1",
        timestamp = at,
        data = new Dictionary<string, string?> { ["id"] = job, ["output_file_uri"] = link, ["error_message"] = error }.Where(field => field.Value is not null).ToDictionary(),
    });

    private async Task PlayAsync(IReadOnlyList<SequenceRequest> requests)
    {
        foreach (var request in requests)
        {
            Assert.Equal(_proof == Proof.Token && request.IsForged ? HttpStatusCode.BadRequest : HttpStatusCode.OK, await SendAsync(request));
            _clock.Advance(TimeSpan.FromSeconds(_random.Next(0, 20)));
            for (var i = _random.Next(4); i > 0; i--)
            {
                await DeliverAsync(waits: false);
            }
        }

        await DrainAsync();
    }

    private async Task DrainAsync()
    {
        while (await DeliverAsync(waits: true))
        {
        }
    }

    private async Task<HttpStatusCode> SendAsync(SequenceRequest request)
    {
        var body = Encoding.UTF8.GetBytes(request.Body);
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Post;
        context.Request.Body = new MemoryStream(body);
        context.Request.ContentLength = body.Length;
        var isDynamic = request is { IsForged: true, Job.Provider: "gemini" };
        if (_proof == Proof.Token && (!request.IsForged || _random.Next(2) == 0))
        {
            context.Request.QueryString = new QueryString(request.IsForged ? "?token=a-guess-of-the-token" : $"?token={UrlToken}");
        }

        foreach (var (name, value) in Sign(request, body, isDynamic))
        {
            context.Request.Headers[name] = value;
        }

        var answer = await _services.GetRequiredService<WebhookReceiver>().ReceiveAsync(
            context.Request, request.Job.Provider, isDynamic ? "dynamic" : null, Cancel);
        return (HttpStatusCode)answer.Status;
    }

    private (string, string)[] Sign(SequenceRequest request, byte[] body, bool isDynamic)
    {
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var time = now.ToString(CultureInfo.InvariantCulture);
        return request.Job.Provider == "geminigen"
            ? [("x-signature", Signatures.Hex(Signatures.GeminiGen(SampleSettings.GeminiGenKey, request.WebhookId)))]
            :
            [
                ("webhook-id", request.WebhookId),
                ("webhook-timestamp", time),
                ("webhook-signature", isDynamic
                    ? GeminiStandIn.Sign(
                        $$"""{"iss":"https://accounts.google.com","aud":"{{SampleSettings.Audience}}","iat":{{now}},"exp":{{now + 300}},"jti":"{{Guid.NewGuid()}}"}""")
                    : Signatures.StandardWebhooks(SampleSettings.GeminiKey, request.WebhookId, time, body)),
            ];
    }

    /// <summary>
    /// Processes a random message that is due. With <paramref name="waits"/>, the clock advances to the next one. Returns false if there is none.
    /// The queue of events drops duplicate ids.
    /// </summary>
    private async Task<bool> DeliverAsync(bool waits)
    {
        Collect();
        var due = _waiting.Where(waiting => waiting.Message.ScheduledEnqueueTime <= _clock.GetUtcNow()).ToList();
        if (due.Count == 0)
        {
            if (!waits || _waiting.Count == 0)
            {
                return false;
            }

            _clock.SetUtcNow(_waiting.Min(waiting => waiting.Message.ScheduledEnqueueTime));
            return true;
        }

        var next = due[_random.Next(due.Count)];
        _waiting.Remove(next);
        var message = ServiceBusModelFactory.ServiceBusReceivedMessage(
            body: next.Message.Body, messageId: next.Message.MessageId, contentType: next.Message.ContentType, properties: next.Message.ApplicationProperties);
        var outcome = next.Queue == QueueNames.WebhookEvents
            ? await _services.GetRequiredService<EventRecorder>().ProcessAsync(
                EventMessage.TryRead(message)!, new MessageDelivery(++_deliveries, Guid.NewGuid().ToString(), 1), Cancel)
            : await _services.GetRequiredService<AssetProcessor>().ProcessAsync(
                AssetMessage.TryRead(message)!, new MessageDelivery(++_deliveries, Guid.NewGuid().ToString(), 1), Cancel);
        if (outcome is Settlement.DeadLetter letter)
        {
            DeadLetters.Add(letter);
        }

        Assert.IsNotType<Settlement.LeaveLocked>(outcome);
        return true;
    }

    private void Collect()
    {
        foreach (var queue in (string[])[QueueNames.WebhookEvents, QueueNames.AssetDownloads])
        {
            var sent = _bus.Sender(queue).Sent.Skip(_collected.GetValueOrDefault(queue)).ToList();
            _collected[queue] = _collected.GetValueOrDefault(queue) + sent.Count;
            _waiting.AddRange(sent.Where(message => queue != QueueNames.WebhookEvents || _seen.Add(message.MessageId)).Select(message => (queue, message)));
        }
    }

    /// <summary>Recovers, as an operator does, the jobs whose genuine final event had no effect because a forged one had used its webhook id.</summary>
    private async Task RecoverAsync(IReadOnlyList<SequenceRequest> requests)
    {
        foreach (var job in _jobs.Where(job => IsIdUsed(requests, job)))
        {
            var answer = await _services.GetRequiredService<JobRecovery>().RunAsync(job.Provider, new RecoverRequest { JobIds = [job.Id] }, Cancel);
            Assert.Equal(HttpStatusCode.OK, (HttpStatusCode)answer.Status);
            await DrainAsync();
        }
    }

    // Static and dynamic webhooks of Gemini have separate id spaces.
    private static bool IsIdUsed(IReadOnlyList<SequenceRequest> requests, SequenceJob job) =>
        job.Provider == "geminigen" && requests.First(request => request.WebhookId == job.FinalId).IsForged;

    private async Task CheckAsync(IReadOnlyList<SequenceRequest> requests, string context)
    {
        Assert.True(DeadLetters.Count == 0, $"{context}: dead letters: {string.Join("; ", DeadLetters)}");
        foreach (var job in _jobs)
        {
            var row = await _services.GetRequiredService<JobStore>().FindAsync(job.Provider, job.Id, Cancel);
            var blobs = await BlobsAsync(job);
            var own = blobs.Where(blob => !blob.Name.StartsWith("unconfirmed-", StringComparison.Ordinal)).Select(blob => $"{blob.Name}={blob.Owner}").ToList();
            var apart = blobs.Where(blob => blob.Name.StartsWith("unconfirmed-", StringComparison.Ordinal)).ToList();
            var found = new Found(
                row?.GetString("Status"), row?.GetString("ProviderStatus"), row?.GetString("ErrorMessage"), row?.GetString("Assurance") is { } assurance && assurance != nameof(Assurance.Unconfirmed),
                string.Join(' ', own));

            var expected = _proof == Proof.None && job.Provider == "geminigen" ? Unproven(requests, job) : job.Genuine;
            Assert.True(expected == found with { ProviderStatus = expected.ProviderStatus is null ? null : found.ProviderStatus, ErrorMessage = expected.ErrorMessage is "*" ? "*" : found.ErrorMessage },
                $"{context}, {job}: expected {expected}, found {found}.\n{string.Join('\n', requests.Where(request => request.Job == job))}");
            Assert.True(
                apart.Select(blob => blob.Link).Order().SequenceEqual(Apart(requests, job).Order()),
                $"{context}, {job}: blobs apart: {string.Join(' ', apart.Select(blob => blob.Link))}.\n{string.Join('\n', requests.Where(request => request.Job == job))}");
        }
    }

    /// <summary>Returns the expected job if no event is proven: it has the furthest status, and no final one.</summary>
    private static Found Unproven(IReadOnlyList<SequenceRequest> requests, SequenceJob job)
    {
        var words = Effective(requests, job).Where(request => request.About == job.Id).ToList();
        return words.Count == 0
            ? new Found(null, null, null, false, "")
            : new Found((words.Any(word => word.IsFinal) ? JobStatus.Unconfirmed : words.Max(word => word.Rank)).ToString(), null, "*", false, "");
    }

    /// <summary>Returns the links of the assets of the job's unconfirmed events, each once for each event.</summary>
    private IEnumerable<string> Apart(IReadOnlyList<SequenceRequest> requests, SequenceJob job) => Effective(requests, job)
        .Where(request => request is { Link: not null } && request.About == job.Id && (_proof, job.Provider, request) switch
        {
            (Proof.Token, _, _) => false,
            (Proof.ApiKey, _, { CanBeConfirmed: var can }) => !can,
            (_, "geminigen", _) => true,
            (_, _, { IsForged: var forged }) => forged,
        })
        .Select(request => request.Link!);

    /// <summary>Returns the requests that had an effect: the first with each id in its space.</summary>
    private static IEnumerable<SequenceRequest> Effective(IReadOnlyList<SequenceRequest> requests, SequenceJob job) => requests
        .Where(request => request.Job == job)
        .DistinctBy(request => (request.WebhookId, job.Provider == "gemini" && request.IsForged));

    private async Task<IReadOnlyList<(string Name, char Owner, string Link)>> BlobsAsync(SequenceJob job)
    {
        var found = new List<(string, char, string)>();
        var prefix = BlobNames.JobPrefix(job.Provider, job.Id);
        var assets = _services.GetRequiredService<StorageClients>().Assets;
        await foreach (var blob in assets.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, Cancel))
        {
            var content = (await assets.GetBlobClient(blob.Name).DownloadContentAsync(Cancel)).Value.Content.ToArray();
            var path = Encoding.ASCII.GetString(content.AsSpan(Mp4.Length));
            found.Add((blob.Name[prefix.Length..], path.Split('/')[2][0], _world.Media.Origin + path));
        }

        return found;
    }
}

/// <summary>Job with its true result at its provider.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Id">The job's id.</param>
/// <param name="Fails">Whether the job failed.</param>
/// <param name="Link">The link to the result, if the job succeeded.</param>
internal sealed record SequenceJob(string Provider, string Id, bool Fails, string Link)
{
    /// <summary>Gets the webhook id of its genuine final event.</summary>
    public string FinalId => $"final-{Id}";

    /// <summary>Gets the expected result of its genuine events.</summary>
    public Found Genuine => new(
        (Fails ? JobStatus.Failed : JobStatus.Succeeded).ToString(),
        null,
        Fails ? "No credit." : null,
        IsProven: true,
        Fails ? "" : Provider == "geminigen" ? "media.mp4=G" : "results.mp4=G");
}

/// <summary>Webhook of a sequence.</summary>
/// <param name="Job">The job that it belongs to.</param>
/// <param name="WebhookId">The webhook's id.</param>
/// <param name="Body">The webhook's body.</param>
/// <param name="IsForged">Whether the provider created its signature for another customer.</param>
/// <param name="Link">The link in its body; null for none.</param>
/// <param name="IsFinal">Whether its body reports a final state.</param>
/// <param name="Names">The job in its body, if it differs from <paramref name="Job"/>.</param>
internal sealed record SequenceRequest(SequenceJob Job, string WebhookId, string Body, bool IsForged, string? Link, bool IsFinal, string? Names = null)
{
    /// <summary>Gets the id of the job in its body.</summary>
    public string About => Names ?? Job.Id;

    /// <summary>Gets whether the app can ask the provider's API about it.</summary>
    public bool CanBeConfirmed { get; init; } = true;

    /// <summary>Gets the job's status in its body, if it is not final.</summary>
    public JobStatus Rank => Body.Contains("\"status\":1", StringComparison.Ordinal) ? JobStatus.Running : JobStatus.Unknown;
}

/// <summary>Stored or expected data of a job. In expected data, null and <c>*</c> match anything.</summary>
/// <param name="Status">The job's status; null if it has no row.</param>
/// <param name="ProviderStatus">The provider's name for the status.</param>
/// <param name="ErrorMessage">The job's error.</param>
/// <param name="IsProven">Whether the row is proven.</param>
/// <param name="Blobs">The job's blobs, with the owner of their bytes.</param>
internal sealed record Found(string? Status, string? ProviderStatus, string? ErrorMessage, bool IsProven, string Blobs);
