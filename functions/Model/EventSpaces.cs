namespace WebhookFunctions.Model;

/// <summary>
/// Names of id spaces. An event is identified by its space and its id in it, so the same id in two spaces is two events.
/// A space is the provider's name, alone or followed by a full stop and a word; no provider's name holds a full stop.
/// </summary>
/// <remarks>
/// The app alone chooses the space, by how a delivery was signed or by having made the event itself. So no sender can use up an id of another space.
/// </remarks>
public static class EventSpaces
{
    private const char Separator = '.';

    /// <summary>Deliveries that a JSON Web Token vouches for: it covers neither the body nor the id beside it.</summary>
    public static string Jwt(string provider) => $"{provider}{Separator}jwt";

    /// <summary>Events that the app itself makes of what the provider's API answers.</summary>
    public static string Recovered(string provider) => $"{provider}{Separator}recovered";

    /// <summary>Signed bodies without a readable id. The id is the body's SHA-256, in lower-case hex.</summary>
    public static string Malformed(string provider) => $"{provider}{Separator}malformed";

    /// <summary>The provider whose space it is.</summary>
    public static string ProviderOf(string space) => space.Split(Separator, 2)[0];
}
