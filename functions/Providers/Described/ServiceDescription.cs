using WebhookFunctions.Model;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Providers.Described;

/// <summary>
/// Description of a generation service as data: what it sends, how it signs, and where its results are. A service without peculiarities needs no
/// other code to be a provider.
/// </summary>
/// <remarks>The names of its settings follow from it: <c>{PREFIX}_WEBHOOK_SECRET</c> or <c>{PREFIX}_WEBHOOK_TOKEN</c>, <c>{PREFIX}_API_KEY</c>, and
/// so on.</remarks>
public sealed record ServiceDescription
{
    /// <summary>The name in routes and keys: lower-case letters and digits. The settings' prefix is the same in capitals.</summary>
    public required string Name { get; init; }

    /// <summary>The display name.</summary>
    public required string Title { get; init; }

    /// <summary>The service's document about webhooks.</summary>
    public required string Site { get; init; }

    /// <summary>What the service generates, in a few words.</summary>
    public required string Makes { get; init; }

    /// <summary>The signature, in a few words.</summary>
    public required string Signature { get; init; }

    /// <summary>The scheme that verifies its webhooks.</summary>
    public required WebhookScheme Scheme { get; init; }

    /// <summary>
    /// The paths of the body whose values, joined by colons, form a webhook's id. With the default value, empty, the id is in a header that the
    /// scheme signs. An unsigned id is never used, because an interceptor could repeat the webhook with another one.
    /// </summary>
    public IReadOnlyList<string> WebhookId { get; init; } = [];

    /// <summary>The paths of the values in the body.</summary>
    public required ServiceReading Reading { get; init; }

    /// <summary>The meaning of the service's names of a job's status, in lower case. For an unknown name the event is recorded, and no link is
    /// followed.</summary>
    public required IReadOnlyDictionary<string, JobStatus> Statuses { get; init; }

    /// <summary>Whether the status is only the last part, after a full stop, as in <c>avatar_video.success</c>. The default value is false.</summary>
    public bool HasDottedStatus { get; init; }

    /// <summary>The event type if an event names none.</summary>
    public string DefaultEventType { get; init; } = "generation";

    /// <summary>Hosts that the service alone controls: exact names, or <c>*.example.com</c>.</summary>
    public IReadOnlyList<string> OwnHosts { get; init; } = [];

    /// <summary>Hosts that serve results although anybody can rent space on them. An unconfirmed link never begins there.</summary>
    public IReadOnlyList<string> SharedHosts { get; init; } = [];

    /// <summary>How long a link is valid; null, the default value, if it is not known.</summary>
    public TimeSpan? LinkLife { get; init; }

    /// <summary>How long the service keeps a result; null, the default value, if it is not known.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>The address of the JWKS document (RFC 7517) with the keys of an Ed25519 scheme; null for another scheme.</summary>
    public string? Keys { get; init; }

    /// <summary>The API that returns jobs and new links; null, the default value, if there is none or it is not known.</summary>
    public ServiceApi? Api { get; init; }

    /// <summary>
    /// The beginnings of addresses that name a job, up to its id. One <c>*</c> in an address stands for any text. The default value is empty.
    /// </summary>
    public IReadOnlyList<string> JobAddresses { get; init; } = [];

    /// <summary>Documentation of the secret or token, as one line of Markdown.</summary>
    public required string SecretText { get; init; }

    /// <summary>See <see cref="ProviderCard.ChallengeParameter"/>.</summary>
    public string? ChallengeParameter { get; init; }

    internal string SecretSetting => $"{Prefix}_WEBHOOK_SECRET";

    internal string TokenSetting => $"{Prefix}_WEBHOOK_TOKEN";

    internal string ApiKeySetting => $"{Prefix}_API_KEY";

    internal string OriginSetting => $"{Prefix}_API_BASE_URL";

    internal string KeysSetting => $"{Prefix}_JWKS_URL";

    /// <summary>Whether the scheme alone proves an event, without a token in the URL and without the API.</summary>
    internal bool IsProof => Scheme is TokenScheme { Place: TokenPlace.Bearer } || (Scheme.Coverage.CoversBody() && !Scheme.IsSharedKey);

    /// <summary>The settings of which either proves the events, if the scheme does not.</summary>
    internal IReadOnlyList<string> ProvenBy => IsProof ? [] : Api is null ? [TokenSetting] : [TokenSetting, ApiKeySetting];

    /// <summary>The settings of which each turns the service on. If any of its customers can send webhooks, a setting that proves events is
    /// needed.</summary>
    internal IReadOnlyList<string> EnabledBy => Scheme switch
    {
        HmacScheme => [SecretSetting],
        TokenScheme => [TokenSetting],
        _ => ProvenBy,
    };

    private string Prefix => Name.ToUpperInvariant();

    /// <summary>Returns the status for the service's name of it.</summary>
    internal JobStatus StatusOf(string? providerStatus) =>
        providerStatus is not null && Statuses.TryGetValue((HasDottedStatus ? providerStatus[(providerStatus.LastIndexOf('.') + 1)..] : providerStatus).ToLowerInvariant(), out var status)
            ? status
            : JobStatus.Unknown;

    /// <summary>Returns the provider's card, for operators.</summary>
    internal ProviderCard Card() => new()
    {
        Name = Name,
        Title = Title,
        Site = Site,
        Makes = Makes,
        Signature = Signature,
        Routes = [new ProviderRoute(null, Title, EnabledBy) { ProvenBy = ProvenBy }],
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
                ? "optional: to recover missed webhooks, and to renew expired links"
                : "optional: without a token, each event is confirmed by the API");
            yield return ProviderSetting.Origin(OriginSetting);
        }

        if (Keys is not null)
        {
            yield return new ProviderSetting(KeysSetting, $"default `{Keys}`") { IsSecret = false, IsDeployed = false };
        }
    }
}
