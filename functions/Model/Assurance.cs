namespace WebhookFunctions.Model;

/// <summary>Degree to which an event's content is proven. It decides what the event may change.</summary>
public enum Assurance
{
    /// <summary>
    /// Nothing but the sender vouches for it. It never overwrites or blocks what a proven event established.
    /// </summary>
    Unconfirmed,

    /// <summary>The provider's API, called with this deployment's key, confirmed it.</summary>
    Confirmed,

    /// <summary>
    /// The signature covers the body under a secret that only the provider and this deployment share, or the request carried the provider's URL token.
    /// </summary>
#pragma warning disable CA1720 // The usual term, and a column's value; it cannot be mistaken for a numeric type.
    Signed,
#pragma warning restore CA1720
}

/// <summary>Extensions of <see cref="Assurance"/>.</summary>
public static class AssuranceExtensions
{
    /// <summary>Returns whether it is <see cref="Assurance.Confirmed"/> or <see cref="Assurance.Signed"/>, which rank equally.</summary>
    public static bool IsProven(this Assurance assurance) => assurance != Assurance.Unconfirmed;
}
