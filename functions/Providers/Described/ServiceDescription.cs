using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Described;

/// <summary>
/// A generation service as a table: what it sends, how it signs, and where its results are. A service without peculiarities needs nothing else to be a
/// provider.
/// </summary>
/// <remarks>Settings follow from it: <c>{PREFIX}_WEBHOOK_SECRET</c> or <c>{PREFIX}_WEBHOOK_TOKEN</c>, <c>{PREFIX}_API_KEY</c>, and so on.</remarks>
public sealed record ServiceDescription
{
    /// <summary>The name in routes and keys: lower-case letters and digits. The settings' prefix is the same in capitals.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people.</summary>
    public required string Title { get; init; }

    /// <summary>The service's document about webhooks.</summary>
    public required string Site { get; init; }

    /// <summary>What it makes, in a few words.</summary>
    public required string Makes { get; init; }

    /// <summary>How it signs, in a few words.</summary>
    public required string Signature { get; init; }

    /// <summary>How it signs.</summary>
    public required WebhookScheme Scheme { get; init; }

    /// <summary>
    /// What makes a webhook's id: the values at these paths of the body, with colons between them. Empty, the default value, where the scheme signs a header
    /// with the id. An id that the signature does not cover is never taken: anybody who caught a webhook could send it again under another.
    /// </summary>
    public IReadOnlyList<string> WebhookId { get; init; } = [];

    /// <summary>Where things stand in the body.</summary>
    public required ServiceReading Reading { get; init; }

    /// <summary>The meaning of the service's words for a job's state, whatever their case. An unknown word is recorded, and no link is followed.</summary>
    public required IReadOnlyDictionary<string, JobStatus> Statuses { get; init; }

    /// <summary>Whether the state is the last part of the word, behind a full stop: <c>avatar_video.success</c>. The default value is false.</summary>
    public bool HasDottedStatus { get; init; }

    /// <summary>The type of events that name none.</summary>
    public string DefaultEventType { get; init; } = "generation";

    /// <summary>Hosts that the service alone controls: exact names, or <c>*.example.com</c>.</summary>
    public IReadOnlyList<string> OwnHosts { get; init; } = [];

    /// <summary>Hosts on which anybody can rent space and from which results come all the same. An unconfirmed link never begins there.</summary>
    public IReadOnlyList<string> SharedHosts { get; init; } = [];

    /// <summary>How long a link can be followed; null where nothing is known, the default value.</summary>
    public TimeSpan? LinkLife { get; init; }

    /// <summary>How long the service keeps a result; null where nothing is known, the default value.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>The document with the keys of an Ed25519 scheme, a JWKS (RFC 7517); null for another scheme.</summary>
    public string? Keys { get; init; }

    /// <summary>The API that is asked for jobs and new links; null where there is none or nothing is known of it, the default value.</summary>
    public ServiceApi? Api { get; init; }

    /// <summary>What job addresses begin with that people use in place of an id. The default value is none.</summary>
    public IReadOnlyList<string> JobAddresses { get; init; } = [];

    /// <summary>What the secret, or the token, is and where it comes from, as Markdown of one line.</summary>
    public required string SecretText { get; init; }

    /// <summary>See <see cref="ProviderCard.ChallengeParameter"/>.</summary>
    public string? ChallengeParameter { get; init; }

    internal string SecretSetting => $"{Prefix}_WEBHOOK_SECRET";

    internal string TokenSetting => $"{Prefix}_WEBHOOK_TOKEN";

    internal string ApiKeySetting => $"{Prefix}_API_KEY";

    internal string OriginSetting => $"{Prefix}_API_BASE_URL";

    internal string KeysSetting => $"{Prefix}_JWKS_URL";

    /// <summary>Whether an event is proven by what the scheme checks, without a token in the URL and without the API.</summary>
    internal bool IsProof => Scheme is TokenScheme { Place: TokenPlace.Bearer } || (Scheme.Coverage.CoversBody() && !Scheme.IsSharedKey);

    /// <summary>The settings of which either proves an event that the scheme does not.</summary>
    internal IReadOnlyList<string> ProvenBy => IsProof ? [] : Api is null ? [TokenSetting] : [TokenSetting, ApiKeySetting];

    /// <summary>The settings of which each turns the service on. Where any of its customers could send, one that proves events is needed.</summary>
    internal IReadOnlyList<string> OnBy => Scheme switch
    {
        HmacScheme => [SecretSetting],
        TokenScheme => [TokenSetting],
        _ => ProvenBy,
    };

    private string Prefix => Name.ToUpperInvariant();

    /// <summary>Returns the meaning of a word of the service.</summary>
    internal JobStatus StatusOf(string? word) =>
        word is not null && Statuses.TryGetValue((HasDottedStatus ? word[(word.LastIndexOf('.') + 1)..] : word).ToLowerInvariant(), out var status)
            ? status
            : JobStatus.Unknown;

    /// <summary>Returns what people need to know of it.</summary>
    internal ProviderCard Card() => new()
    {
        Name = Name,
        Title = Title,
        Site = Site,
        Makes = Makes,
        Signature = Signature,
        Routes = [new ProviderRoute(null, Title, OnBy) { ProvenBy = ProvenBy }],
        Settings = [.. Settings()],
        ChallengeParameter = ChallengeParameter,
    };

    private IEnumerable<ProviderSetting> Settings()
    {
        if (Scheme is HmacScheme)
        {
            yield return new ProviderSetting(SecretSetting, SecretText);
        }

        if (Scheme is TokenScheme { Place: TokenPlace.Bearer })
        {
            yield return new ProviderSetting(TokenSetting, SecretText);
        }
        else if (!IsProof)
        {
            yield return new ProviderSetting(TokenSetting, Scheme is HmacScheme ? "optional: [tokens](#tokens) of which the URL must carry one" : SecretText);
        }

        if (Api is not null)
        {
            yield return new ProviderSetting(ApiKeySetting, IsProof
                ? "optional: to recover missed webhooks, and to renew links that have died"
                : "optional: without a token, each event is confirmed by the API");
            yield return ProviderSetting.Origin(OriginSetting);
        }

        if (Keys is not null)
        {
            yield return new ProviderSetting(KeysSetting, $"default `{Keys}`") { IsSecret = false, IsDeployed = false };
        }
    }
}
