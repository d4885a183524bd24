using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using WebhookFunctions.Messaging;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Receiving;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Operations.Recovery;

/// <summary>Request body that names the jobs to recover.</summary>
public sealed record RecoverRequest
{
    public const int MaxJobs = 100;

    public static readonly string Expected = $$"""Send {"jobIds":["…"]} as JSON, with 1 to {{MaxJobs}} ids.""";

    public IReadOnlyList<string?>? JobIds { get; init; }

    /// <summary>Returns the distinct ids; null if they are not as expected.</summary>
    public IReadOnlyList<string>? Read() =>
        JobIds is { Count: > 0 and <= MaxJobs } && JobIds.All(id => id is { Length: > 0 and <= RecoveredEvent.MaxJobIdLength })
            ? [.. JobIds.OfType<string>().Distinct(StringComparer.Ordinal)]
            : null;
}

/// <summary>
/// Recovery of jobs whose webhooks were lost: it asks the provider's API and enqueues the answers as events. Blobs belong to the job, so a webhook
/// that arrives as well does not cause a second set.
/// </summary>
public sealed class JobRecovery(ProviderCatalog providers, JobTombstones tombstones, EventEnqueuer enqueuer, TimeProvider clock)
{
    // The number of concurrent requests to the provider.
    private const int Concurrency = 8;

    private const string NotAccepted = "The queue did not accept the event.";

    private static readonly string TooLate = $"The provider's API had not answered within {OperatorTimes.WorkLimit.TotalSeconds:0} seconds.";

    /// <summary>
    /// Answers, for each job, the event that was created or why there is none. <c>more</c> is true if the time was over before the API had answered
    /// for all jobs. Answers 503 if the API or the queue was unavailable for every job. Idempotent: a job's event has one id for each status.
    /// </summary>
    public async Task<OperatorAnswer> RunAsync(string name, RecoverRequest request, CancellationToken cancellationToken)
    {
        if (!providers.TryGet(name, out var provider))
        {
            return OperatorAnswer.NotFound;
        }

        if (request.Read() is not { } jobIds)
        {
            return OperatorAnswer.BadRequest(RecoverRequest.Expected);
        }

        if (!provider.CanRecover)
        {
            return OperatorAnswer.Conflict(provider.RecoverySetting is { } setting
                ? $"The API of {name} can be asked for jobs only with a key: set {setting}."
                : $"The API of {name} has no call for single jobs. Have the provider send the webhook again.");
        }

        var found = new ConcurrentDictionary<string, Recovered>();
        using var timeout = new CancellationTokenSource(OperatorTimes.WorkLimit, clock);
        await Parallel.ForEachAsync(
            jobIds,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (jobId, token) => found[jobId] = timeout.IsCancellationRequested
                ? Recovered.Late(jobId)
                : await RecoverAsync(provider, jobId, timeout.Token, token));
        return found.Values.All(job => job.IsUnavailable)
            ? OperatorAnswer.Unavailable($"No job of {name} was recovered. {found[jobIds[0]].Error}")
            : OperatorAnswer.Ok(new { jobs = jobIds.Select(jobId => found[jobId]), more = found.Values.Any(job => job.IsLate) });
    }

    private async Task<Recovered> RecoverAsync(
        WebhookProvider provider, string jobId, CancellationToken timeout, CancellationToken cancellationToken)
    {
        using var timeoutOrCancelled = CancellationTokenSource.CreateLinkedTokenSource(timeout, cancellationToken);
        var canonical = providers.CanonicalJobId(provider.Name, jobId);
        if (await tombstones.HasAsync(provider.Name, canonical, cancellationToken))
        {
            return new Recovered(jobId, null, null, null, "The job was erased.");
        }

        Confirmation answer;
        try
        {
            answer = await provider.RecoverAsync(jobId, timeoutOrCancelled.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Recovered.Late(jobId);
        }
        catch (HttpRequestException exception)
        {
            // The exception's own message may contain an address, so only its kind is shown.
            return Recovered.Unavailable(jobId, $"The provider's API could not be asked: {exception.HttpRequestError}.");
        }

        if (answer is not Confirmation.Believed(var generation))
        {
            return new Recovered(jobId, null, null, null, answer is Confirmation.Postponed ? $"{answer.WhyNot} Try again later." : answer.WhyNot);
        }

        var key = RecoveredEvent.KeyOf(provider.Name, canonical, generation.Status);
        var accepted = await enqueuer.TryEnqueueAsync(new EventMessage
        {
            Key = key,
            Coverage = SignatureCoverage.RawBody,
            ReceivedAt = clock.GetUtcNow(),
            Body = RecoveredEvent.Write(generation with { JobId = canonical, SentJobId = jobId == canonical ? null : jobId }),
            ContentType = "application/json",
            IsRecovered = true,
        });
        return accepted
            ? new Recovered(jobId, key.Space, key.WebhookId, $"{generation.Status}", null)
            : Recovered.Unavailable(jobId, NotAccepted) with { Status = $"{generation.Status}" };
    }

    private sealed record Recovered(string JobId, string? Space, string? WebhookId, string? Status, string? Error)
    {
        /// <summary>Whether the API or the queue was unavailable.</summary>
        [JsonIgnore]
        public bool IsUnavailable { get; private init; }

        /// <summary>Whether the time was over before the API answered.</summary>
        [JsonIgnore]
        public bool IsLate { get; private init; }

        public static Recovered Unavailable(string jobId, string what) => new(jobId, null, null, null, $"{what} Try again later.") { IsUnavailable = true };

        public static Recovered Late(string jobId) => Unavailable(jobId, TooLate) with { IsLate = true };
    }
}
