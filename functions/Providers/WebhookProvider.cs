using System.Net;
using System.Security.Cryptography;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers;

/// <summary>Generation service, with the rules by which its webhooks are verified, identified and interpreted, and the hosts of its
/// results.</summary>
/// <remarks>Adding one is a folder beside this file, an <see cref="IProviderFactory"/> in it, and a line in <c>AddProviders</c>.</remarks>
public abstract class WebhookProvider
{
    /// <summary>How far an event's own time may be after its receipt, because clocks differ. A later time is not believed.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>The name in routes, keys and blob names: lower-case letters and digits.</summary>
    public abstract string Name { get; }

    /// <summary>The addresses that are on; at least one.</summary>
    public abstract IReadOnlyList<WebhookEndpoint> Endpoints { get; }

    /// <summary>Hosts from which this provider serves results: exact names, or <c>*.example.com</c> for any name below it.</summary>
    public abstract IReadOnlyList<string> AssetHosts { get; }

    /// <summary>
    /// Returns the webhook's id, which has one effect for ever; null if it has none, which makes it malformed. Called only with a verified request.
    /// One whose body is not a JSON object is rejected, whatever this returns.
    /// </summary>
    public abstract string? Identify(WebhookRequest request);

    /// <summary>Returns the id space of a webhook with that verdict. The default is the provider's name.</summary>
    public virtual string SpaceOf(Verdict verdict) => Name;

    /// <summary>
    /// Returns the key of a verified webhook; null if its id is missing or too long. A signed body without an id is not rejected: its digest
    /// identifies it, in a space of its own.
    /// </summary>
    public EventKey? KeyOf(WebhookRequest request, Verdict verdict) => Identify(request) switch
    {
        { Length: > EventKey.MaxWebhookIdLength } => null,
        { Length: > 0 } id => EventKey.Create(SpaceOf(verdict), id),
        _ when verdict.Coverage.CoversBody() =>
            EventKey.Create(EventSpaces.Malformed(Name), Convert.ToHexStringLower(SHA256.HashData(request.Body.Span))),
        _ => null,
    };

    /// <summary>Interprets an event. Never throws for a body that is a JSON object: unknown parts are left out.</summary>
    public abstract GenerationEvent Interpret(ReceivedEvent received);

    /// <summary>
    /// Returns the canonical spelling of a job's id, for jobs that may be named in several forms. It is idempotent. The default is the id itself.
    /// </summary>
    public virtual string CanonicalJobId(string jobId) => jobId;

    /// <summary>The settings of which either would prove this provider's events, as text for an operator; null if nothing is left to set.</summary>
    public virtual string? ProofSettings => null;

    /// <summary>Whether <see cref="ConfirmAsync"/> is possible: the provider has such an API, and its key is configured. The default is
    /// false.</summary>
    public virtual bool CanConfirm => false;

    /// <summary>Whether some address gets events that nothing proves: neither its signature, nor a token, nor the API.</summary>
    public bool IsWeak => !CanConfirm && Endpoints.Any(endpoint => !endpoint.IsProof && endpoint.Tokens is null);

    /// <summary>
    /// Asks the provider's API about an event that nothing else proves. The result contains nothing of the event's body but its type and its job's
    /// id. By default it cannot be asked.
    /// </summary>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public virtual ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Confirmation>(new Confirmation.Unsupported(ProofSettings is { } settings
            ? $"The event's signature does not prove its content, and {settings} is not set."
            : "The event's signature does not prove its content."));

    /// <summary>Whether <see cref="RecoverAsync"/> is possible: the provider has such an API, and its key is configured. The default is
    /// false.</summary>
    public virtual bool CanRecover => false;

    /// <summary>The setting that <see cref="RecoverAsync"/> needs; null, the default, if the provider's API cannot be asked about jobs.</summary>
    public virtual string? RecoverySetting => null;

    /// <summary>Asks the provider's API about a job whose webhook was lost, or whose link has expired. Assets are named as in the webhook.</summary>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public virtual ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Confirmation>(new Confirmation.Denied("The provider's API cannot be asked for a job."));

    /// <summary>How long a link is valid, counted from its issue; null, the default, if it is not known.</summary>
    public virtual TimeSpan? LinkLife => null;

    /// <summary>How long the provider keeps a result, counted from the event; after that no attempt is made. Null, the default, if it is not
    /// known.</summary>
    public virtual TimeSpan? Retention => null;

    /// <summary>
    /// The setting without which links cannot be renewed; null if it is set, or if the provider has no such API. The default is the setting that
    /// <see cref="RecoverAsync"/> lacks.
    /// </summary>
    public virtual string? RenewalSetting => CanRecover ? null : RecoverySetting;

    /// <summary>
    /// Returns the key of the API call that renews an asset's link. Assets with the same key share a call and its answer. Null if it cannot be made.
    /// The default is the job, if <see cref="CanRecover"/> is true.
    /// </summary>
    public virtual string? RenewalKey(string jobId, string assetName) => CanRecover ? jobId : null;

    /// <summary>Asks the provider's API for new links. The default calls <see cref="RecoverAsync"/>.</summary>
    /// <param name="key">The key from <see cref="RenewalKey"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>An event whose assets have new links, or the reason why there are none.</returns>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public virtual ValueTask<Confirmation> RenewAsync(string key, CancellationToken cancellationToken) => RecoverAsync(key, cancellationToken);

    /// <summary>Returns the name of an asset in the answer of <see cref="RenewAsync"/>. The default is its own name.</summary>
    public virtual string RenewedName(string assetName) => assetName;

    /// <summary>Interprets an event, sent or recovered, with the assurance that it has without a confirmation.</summary>
    public GenerationEvent InterpretAny(ReceivedEvent received)
    {
        var generation = received.IsRecovered ? RecoveredEvent.Read(received.Body) : Interpret(received);
        var latest = received.ReceivedAt + ClockSkew;
        return Canonical(generation) with
        {
            StandInJobId = generation.JobId is null ? CanonicalJobId(received.Key.WebhookId) : null,
            Assurance = received.Assurance,
            OccurredAt = generation.OccurredAt > latest ? latest : generation.OccurredAt,
        };
    }

    /// <summary>
    /// Decides how far an event is believed. An event that is not proven is confirmed by the provider's API, whatever its type. If the API cannot be
    /// asked, its final state becomes <see cref="JobStatus.Unconfirmed"/>.
    /// </summary>
    /// <exception cref="HttpRequestException">The API could not be reached, or returned a transient error; a later attempt may succeed.</exception>
    public async ValueTask<Confirmation> ConfirmIfNeededAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        if (generation.Assurance.IsProven())
        {
            return generation.LacksResult ? await FindResultAsync(generation, cancellationToken) : new Confirmation.Believed(generation);
        }

        return await ConfirmAsync(received, generation, cancellationToken) switch
        {
            Confirmation.Believed(var interpreted) => new Confirmation.Believed(
                Canonical(interpreted) with { SentJobId = generation.SentJobId, StandInJobId = generation.StandInJobId }),
            Confirmation.Unsupported(var reason) => new Confirmation.Believed(generation with
            {
                Status = generation.Status.IsFinal() ? JobStatus.Unconfirmed : generation.Status,
                Note = generation.Note is null ? reason : $"{reason} {generation.Note}",
            }),
            var other => other,
        };
    }

    /// <summary>Asks the provider's API for the result of a proven success that names none.</summary>
    private async ValueTask<Confirmation> FindResultAsync(GenerationEvent generation, CancellationToken cancellationToken)
    {
        if (!CanRecover || (generation.SentJobId ?? generation.JobId) is not { } jobId)
        {
            return Believed(RecoverySetting is { } setting && !CanRecover
                ? $"With {setting} set, the provider's API would have been asked for it; the job can be recovered once it is."
                : null);
        }

        return await RecoverAsync(jobId, cancellationToken) switch
        {
            Confirmation.Believed({ Assets: { Count: > 0 } assets }) => new Confirmation.Believed(generation with { Assets = assets, Note = null }),
            Confirmation.Believed({ Note: { } note }) => Believed(note),
            Confirmation.Believed or Confirmation.Unfinished => new Confirmation.Unfinished(
                "The event reports success, but neither it nor the provider's API names a result yet."),
            Confirmation.Postponed postponed => postponed,
            var other => Believed(other.WhyNot),
        };

        Confirmation.Believed Believed(string? reason) => new(generation with { Note = $"{generation.Note} {reason}".Trim() });
    }

    // Done here, so that no provider can forget it.
    private GenerationEvent Canonical(GenerationEvent generation) =>
        generation.JobId is { } sent && CanonicalJobId(sent) is var canonical && canonical != sent
            ? generation with { JobId = canonical, SentJobId = generation.SentJobId ?? sent }
            : generation;

    /// <summary>
    /// Adds the provider's API key to a request for an asset, if the request goes to the API's own origin. Called for every hop of every download.
    /// The default adds nothing.
    /// </summary>
    public virtual void Authorize(HttpRequestMessage request)
    {
    }

    /// <summary>
    /// Returns whether a refusal only means that the asset is not ready yet, so that it is retried although its status is permanent. The default is
    /// false.
    /// </summary>
    /// <param name="link">The address of the request.</param>
    /// <param name="status">The answer's status, a 4xx.</param>
    /// <param name="body">The beginning of the answer's body, at most 4 KiB.</param>
    public virtual bool IsNotReady(Uri link, HttpStatusCode status, ReadOnlySpan<byte> body) => false;

    /// <summary>
    /// Reads the further assets that a stored document (<see cref="AssetSource.Expands"/>) names, as a stream, in an order that is always the same.
    /// An entry that cannot be read, or that failed at the provider, becomes an asset with a <see cref="AssetSource.FetchError"/>.
    /// </summary>
    public virtual IAsyncEnumerable<AssetSource> ExpandAsync(string documentName, Stream content, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<AssetSource>();
}
