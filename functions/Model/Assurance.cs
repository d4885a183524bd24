namespace WebhookFunctions.Model;

/// <summary>How far what an event says is proven. It decides what the event may change.</summary>
public enum Assurance
{
    /// <summary>
    /// Nobody but its sender vouches for it. It never overwrites or blocks what a proven event established.
    /// </summary>
    Unconfirmed,

    /// <summary>The provider's API, asked with this deployment's key, said so.</summary>
    Confirmed,

    /// <summary>
    /// The signature covers the body under a secret that only the provider and this deployment share, or the request carried the provider's URL token.
    /// </summary>
#pragma warning disable CA1720 // It is what people call it, and a column's value; nobody takes it for a number's type.
    Signed,
#pragma warning restore CA1720
}

/// <summary>Questions about an <see cref="Assurance"/>.</summary>
public static class AssuranceExtensions
{
    /// <summary>Whether it is <see cref="Assurance.Confirmed"/> or <see cref="Assurance.Signed"/>, which are equals.</summary>
    public static bool IsProven(this Assurance assurance) => assurance != Assurance.Unconfirmed;
}
