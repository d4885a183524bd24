namespace WebhookFunctions.Providers;

/// <summary>What people need to know of a provider: its names, its addresses and its settings. The deployment and the tables in the READMEs are made from it.</summary>
public sealed record ProviderCard
{
    /// <summary>The name in routes and keys: lower-case letters and digits.</summary>
    public required string Name { get; init; }

    /// <summary>The name for people.</summary>
    public required string Title { get; init; }

    /// <summary>The address of the service, or of its document about webhooks.</summary>
    public required string Site { get; init; }

    /// <summary>What it makes, in a few words.</summary>
    public required string Makes { get; init; }

    /// <summary>What its webhooks are verified by, in a few words.</summary>
    public required string Signature { get; init; }

    /// <summary>Its addresses.</summary>
    public required IReadOnlyList<ProviderRoute> Routes { get; init; }

    /// <summary>Its settings, in the order in which they are shown.</summary>
    public required IReadOnlyList<ProviderSetting> Settings { get; init; }

    /// <summary>
    /// The query parameter whose value answers an <c>OPTIONS</c> or <c>GET</c> request to the addresses. Some services ask so whether an address is
    /// its customer's. Null where the service does not, the default value.
    /// </summary>
    public string? ChallengeParameter { get; init; }

    /// <summary>Returns the card of a provider of which nothing is known but its name.</summary>
    public static ProviderCard Of(string name) => new()
    {
        Name = name, Title = name, Site = "", Makes = "", Signature = "", Routes = [new ProviderRoute(null, name, [])], Settings = [],
    };
}

/// <summary>One address of a provider below <c>webhooks/</c>.</summary>
/// <param name="Mode">The part behind the provider's name; null where there is none.</param>
/// <param name="Title">The address's name for people.</param>
/// <param name="OnBy">The settings of which each turns it on.</param>
public sealed record ProviderRoute(string? Mode, string Title, IReadOnlyList<string> OnBy)
{
    /// <summary>The settings of which either proves its events where the signature does not; empty, the default value, where it does.</summary>
    public IReadOnlyList<string> ProvenBy { get; init; } = [];
}

/// <summary>A setting of a provider.</summary>
/// <param name="Name">Its name in the app's settings.</param>
/// <param name="Text">What it holds, as Markdown of one line.</param>
public sealed record ProviderSetting(string Name, string Text)
{
    /// <summary>Whether its value is kept in the key vault. The default value is true.</summary>
    public bool IsSecret { get; init; } = true;

    /// <summary>Whether it is <c>true</c> or <c>false</c>, and false by default. The default value is false.</summary>
    public bool IsFlag { get; init; }

    /// <summary>Whether a deployment sets it. The default value is true; one that is for tests of the app is not set.</summary>
    public bool IsDeployed { get; init; } = true;

    /// <summary>Whether it stands in the sample of local settings. The default value is true; one that a deployment does not set is not there.</summary>
    public bool IsInSample { get; init; } = true;

    /// <summary>Whether it is the origin of the provider's API. The default value is false.</summary>
    public bool IsOrigin { get; private init; }

    /// <summary>The origin of a provider's API, for tests of the app.</summary>
    public static ProviderSetting Origin(string name) =>
        new(name, "the origin of the API, without a path; the default is the provider's own") { IsSecret = false, IsDeployed = false, IsOrigin = true };
}
