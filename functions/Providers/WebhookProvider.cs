using System.Net;
using System.Security.Cryptography;
using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers;

/// <summary>A generation service: how its webhooks are verified, identified and interpreted, and from where its results come.</summary>
/// <remarks>Adding one is a folder beside this file, an <see cref="IProviderFactory"/> in it, and a line in <c>AddProviders</c>.</remarks>
public abstract class WebhookProvider
{
    /// <summary>How far an event's own time may lie behind its receipt: clocks differ. A later one is the sender's invention.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>The name in routes, keys and blob names: lower-case letters and digits.</summary>
    public abstract string Name { get; }

    /// <summary>The addresses that are on; at least one.</summary>
    public abstract IReadOnlyList<WebhookEndpoint> Endpoints { get; }

    /// <summary>Hosts from which this provider serves results: exact names, or <c>*.example.com</c> for any name below it.</summary>
    public abstract IReadOnlyList<string> AssetHosts { get; }

    /// <summary>
    /// The webhook's id, by which it has one effect for ever; null where it has none, which is a malformed webhook.
    /// Called only with a request that was verified. One whose body is no JSON object is refused, whatever this says.
    /// </summary>
    public abstract string? Identify(WebhookRequest request);

    /// <summary>The id space of a webhook that was verified so. The default is the provider's name.</summary>
    public virtual string SpaceOf(Verdict verdict) => Name;

    /// <summary>
    /// The key of a verified webhook; null where its id is missing or too long. A signed body without an id is not refused:
    /// its digest identifies it, in a space of its own.
    /// </summary>
    public EventKey? KeyOf(WebhookRequest request, Verdict verdict) => Identify(request) switch
    {
        { Length: > EventKey.MaxWebhookIdLength } => null,
        { Length: > 0 } id => EventKey.Create(SpaceOf(verdict), id),
        _ when verdict.Coverage.CoversBody() =>
            EventKey.Create(EventSpaces.Malformed(Name), Convert.ToHexStringLower(SHA256.HashData(request.Body.Span))),
        _ => null,
    };

    /// <summary>What the event says. Never throws for a body that is a JSON object: what is not known is left out.</summary>
    public abstract GenerationEvent Interpret(ReceivedEvent received);

    /// <summary>
    /// The one spelling that stands in keys for a job that may be named in several. The canonical spelling of a canonical spelling is itself. The default: the
    /// id as it is.
    /// </summary>
    public virtual string CanonicalJobId(string jobId) => jobId;

    /// <summary>The settings of which either would prove this provider's events, in words for a person; null where nothing is left to set.</summary>
    public virtual string? ProofSettings => null;

    /// <summary>Whether <see cref="ConfirmAsync"/> can be asked: the provider has such an API, and a key for it is configured. The default: no.</summary>
    public virtual bool CanConfirm => false;

    /// <summary>Whether an address is on whose events nothing proves: neither its signature, nor a token, nor the API.</summary>
    public bool IsWeak => !CanConfirm && Endpoints.Any(endpoint => !endpoint.IsProof && endpoint.Tokens is null);

    /// <summary>
    /// Asks the provider's API what is so, for an event that is proven by nothing else. What it confirms holds nothing of the event's body but its
    /// type and its job's id. The default: it cannot be asked.
    /// </summary>
    /// <exception cref="HttpRequestException">The API could not be reached or answered what may pass: try again later.</exception>
    public virtual ValueTask<Confirmation> ConfirmAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Confirmation>(new Confirmation.Unaskable(ProofSettings is { } settings
            ? $"The event's signature does not prove what it says, and {settings} is not set."
            : "The event's signature does not prove what it says."));

    /// <summary>Whether <see cref="RecoverAsync"/> can be asked: the provider has such an API, and a key for it is configured. The default: no.</summary>
    public virtual bool CanRecover => false;

    /// <summary>The setting that <see cref="RecoverAsync"/> needs; null if the provider's API cannot be asked for jobs whatever is set. The default: null.</summary>
    public virtual string? RecoverySetting => null;

    /// <summary>Asks the provider's API what became of a job whose webhook never came, or whose link has died. Assets are named as in the webhook.</summary>
    /// <exception cref="HttpRequestException">The API could not be reached or answered what may pass: try again later.</exception>
    public virtual ValueTask<Confirmation> RecoverAsync(string jobId, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Confirmation>(new Confirmation.Denied("The provider's API cannot be asked for a job."));

    /// <summary>How long a link that the provider gives out can be followed, counted from when it was given out; null where nothing is known. The default.</summary>
    public virtual TimeSpan? LinkLife => null;

    /// <summary>How long the provider keeps a result, counted from the event; after that nothing is tried. Null where nothing is known. The default.</summary>
    public virtual TimeSpan? Retention => null;

    /// <summary>
    /// The setting without which links cannot be renewed; null where it is set, and where the provider has no such API. The default: what
    /// <see cref="RecoverAsync"/> lacks.
    /// </summary>
    public virtual string? RenewalSetting => CanRecover ? null : RecoverySetting;

    /// <summary>
    /// What the provider's API is asked for, to get a new link for an asset: assets with the same key share a call and its answer. Null where it cannot be
    /// asked. The default: the job, where <see cref="CanRecover"/>.
    /// </summary>
    public virtual string? RenewalKey(string jobId, string assetName) => CanRecover ? jobId : null;

    /// <summary>Asks the provider's API for new links. The default: as <see cref="RecoverAsync"/>.</summary>
    /// <param name="key">What <see cref="RenewalKey"/> gave.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>An event whose assets have new links, or why there are none.</returns>
    /// <exception cref="HttpRequestException">The API could not be reached or answered what may pass: try again later.</exception>
    public virtual ValueTask<Confirmation> RenewAsync(string key, CancellationToken cancellationToken) => RecoverAsync(key, cancellationToken);

    /// <summary>The name that an asset has in the answer of <see cref="RenewAsync"/>. The default: its own.</summary>
    public virtual string RenewedName(string assetName) => assetName;

    /// <summary>What an event says, whether it was sent or recovered, and what proves it without asking anybody.</summary>
    public GenerationEvent InterpretAny(ReceivedEvent received)
    {
        var generation = received.IsRecovered ? RecoveredEvent.Read(received.Body) : Interpret(received);
        var latest = received.ReceivedAt + ClockSkew;
        return Canonical(generation) with { Assurance = received.Assurance, OccurredAt = generation.OccurredAt > latest ? latest : generation.OccurredAt };
    }

    /// <summary>
    /// What of an event is to be believed. One that is not proven yet is confirmed by the provider's API, whatever its type; where that cannot be asked,
    /// its final state becomes <see cref="JobStatus.Unconfirmed"/>.
    /// </summary>
    /// <exception cref="HttpRequestException">The API could not be reached or answered what may pass: try again later.</exception>
    public async ValueTask<Confirmation> ConfirmIfNeededAsync(ReceivedEvent received, GenerationEvent generation, CancellationToken cancellationToken)
    {
        if (generation.Assurance.IsProven())
        {
            return generation.LacksResult ? await FindResultAsync(generation, cancellationToken) : new Confirmation.Believed(generation);
        }

        return await ConfirmAsync(received, generation, cancellationToken) switch
        {
            Confirmation.Believed(var said) => new Confirmation.Believed(Canonical(said) with { SentJobId = generation.SentJobId }),
            Confirmation.Unaskable(var why) => new Confirmation.Believed(generation with
            {
                Status = generation.Status.IsFinal() ? JobStatus.Unconfirmed : generation.Status,
                Note = generation.Note is null ? why : $"{why} {generation.Note}",
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
                "The event tells of a success, and neither it nor the provider's API names a result yet."),
            Confirmation.Postponed postponed => postponed,
            var other => Believed(other.WhyNot),
        };

        Confirmation.Believed Believed(string? why) => new(generation with { Note = $"{generation.Note} {why}".Trim() });
    }

    // Here, so that no provider can leave it out.
    private GenerationEvent Canonical(GenerationEvent generation) =>
        generation.JobId is { } sent && CanonicalJobId(sent) is var canonical && canonical != sent
            ? generation with { JobId = canonical, SentJobId = generation.SentJobId ?? sent }
            : generation;

    /// <summary>
    /// Adds the provider's API key to a request for an asset, where the request goes to the API's own origin and nowhere else.
    /// Called for every hop of every download. The default adds nothing.
    /// </summary>
    public virtual void Authorize(HttpRequestMessage request)
    {
    }

    /// <summary>
    /// Whether a refusal only means that the asset is not ready yet, so that it is asked for again although its status says otherwise.
    /// The default: no.
    /// </summary>
    /// <param name="link">Where the request went.</param>
    /// <param name="status">The answer's status, a 4xx.</param>
    /// <param name="body">The beginning of the answer's body, at most 4 KiB.</param>
    public virtual bool IsNotReady(Uri link, HttpStatusCode status, ReadOnlySpan<byte> body) => false;

    /// <summary>
    /// The further assets that a stored document (<see cref="AssetSource.Expands"/>) names, read as a stream, in an order that is always the same.
    /// An entry that cannot be read, or that failed at the provider, is an asset with a <see cref="AssetSource.FetchError"/>.
    /// </summary>
    public virtual IAsyncEnumerable<AssetSource> ExpandAsync(string documentName, Stream content, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<AssetSource>();
}
