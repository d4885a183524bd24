namespace WebhookFunctions.Model;

/// <summary>Part of a webhook that its signature covers. It decides how far the content is believed.</summary>
public enum SignatureCoverage
{
    /// <summary>The whole body and a time: the content is the provider's own (Standard Webhooks, for example).</summary>
    RawBody,

    /// <summary>The event id alone. A pair of id and signature, once seen, is valid with any body, for ever.</summary>
    EventIdOnly,

    /// <summary>The sender alone. A token, once intercepted, is valid with any body and any id until it expires.</summary>
    SenderOnly,

    /// <summary>
    /// The whole body and no time. The content is the provider's own, but an intercepted request stays valid for ever. Its id is read from the body,
    /// so that a repetition has no second effect.
    /// </summary>
    BodyOnly,

    /// <summary>Nothing: the service signs nothing. Only a token that the request carries, or the provider's API, can prove the event.</summary>
    None,
}

/// <summary>Questions about a <see cref="SignatureCoverage"/>.</summary>
public static class SignatureCoverageExtensions
{
    /// <summary>Returns whether the signature covers the whole body, so that its content comes from the signer.</summary>
    public static bool CoversBody(this SignatureCoverage coverage) => coverage is SignatureCoverage.RawBody or SignatureCoverage.BodyOnly;
}
