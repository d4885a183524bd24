namespace WebhookFunctions.Providers;

/// <summary>Card that describes a provider for people: its names, addresses and settings. The deployment and the tables in the READMEs are generated
/// from it.</summary>
public sealed record ProviderCard
{
    /// <summary>The name in routes and keys: lower-case letters and digits.</summary>
    public required string Name { get; init; }

    /// <summary>The display name.</summary>
    public required string Title { get; init; }

    /// <summary>The address of the service, or of its document about webhooks.</summary>
    public required string Site { get; init; }

    /// <summary>What the provider generates, in a few words.</summary>
    public required string Makes { get; init; }

    /// <summary>How its webhooks are signed, in a few words.</summary>
    public required string Signature { get; init; }

    /// <summary>Its addresses.</summary>
    public required IReadOnlyList<ProviderRoute> Routes { get; init; }

    /// <summary>Its settings, in the order in which they are shown.</summary>
    public required IReadOnlyList<ProviderSetting> Settings { get; init; }

    /// <summary>
    /// The query parameter whose value is the answer to an <c>OPTIONS</c> or <c>GET</c> request. Some services check an address by such a challenge.
    /// Null, the default value, if the service does not.
    /// </summary>
    public string? ChallengeParameter { get; init; }

    /// <summary>Returns the card of a provider that has only a name.</summary>
    public static ProviderCard Minimal(string name) => new()
    {
        Name = name, Title = name, Site = "", Makes = "", Signature = "", Routes = [new ProviderRoute(null, name, [])], Settings = [],
    };
}

/// <summary>Address of a provider below <c>webhooks/</c>.</summary>
/// <param name="Mode">The part of the route after the provider's name; null if there is none.</param>
/// <param name="Title">The address's display name.</param>
/// <param name="EnabledBy">The settings of which each turns it on.</param>
public sealed record ProviderRoute(string? Mode, string Title, IReadOnlyList<string> EnabledBy)
{
    /// <summary>The settings of which either proves its events, if the signature does not. Empty, the default value, if it does.</summary>
    public IReadOnlyList<string> ProvenBy { get; init; } = [];
}

/// <summary>Setting of a provider.</summary>
/// <param name="Name">Its name in the app's settings.</param>
/// <param name="Text">Its documentation, as one line of Markdown.</param>
public sealed record ProviderSetting(string Name, string Text)
{
    /// <summary>Whether its value is kept in the key vault. The default value is true.</summary>
    public bool IsSecret { get; init; } = true;

    /// <summary>Whether its value is <c>true</c> or <c>false</c>, and false if it is not set. The default value is false.</summary>
    public bool IsFlag { get; init; }

    /// <summary>Whether a deployment sets it. The default value is true. It is false for settings that exist only for tests of the app.</summary>
    public bool IsDeployed { get; init; } = true;

    /// <summary>Whether the sample of local settings contains it. The default value is true. A setting that a deployment does not set is never in
    /// the sample.</summary>
    public bool IsInSample { get; init; } = true;

    /// <summary>Whether it is the origin of the provider's API. The default value is false.</summary>
    public bool IsOrigin { get; private init; }

    /// <summary>Returns the setting for the origin of a provider's API, for tests of the app.</summary>
    public static ProviderSetting Origin(string name) =>
        new(name, "the origin of the API, without a path; the default is the provider's own") { IsSecret = false, IsDeployed = false, IsOrigin = true };
}
