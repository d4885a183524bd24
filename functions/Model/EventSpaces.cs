namespace WebhookFunctions.Model;

/// <summary>
/// Names of id spaces. An event is identified by its space and its id in it, so the same id in two spaces is two events. A space is the provider's
/// name, alone or followed by a full stop and a word. No provider's name contains a full stop.
/// </summary>
/// <remarks>
/// The app alone chooses the space, by how a webhook was signed or because it made the event itself. No sender can therefore use up an id of another
/// space.
/// </remarks>
public static class EventSpaces
{
    private const char Separator = '.';

    /// <summary>Returns the space of webhooks that a JSON Web Token authenticates, which covers neither the body nor the id.</summary>
    public static string Jwt(string provider) => $"{provider}{Separator}jwt";

    /// <summary>Returns the space of events that the app makes from the provider's API.</summary>
    public static string Recovered(string provider) => $"{provider}{Separator}recovered";

    /// <summary>Returns the space of signed bodies without a readable id. The id is the body's SHA-256, in lower-case hex.</summary>
    public static string Malformed(string provider) => $"{provider}{Separator}malformed";

    /// <summary>Returns the provider to which the space belongs.</summary>
    public static string ProviderOf(string space) => space.Split(Separator, 2)[0];
}
