namespace WebhookFunctions.Model;

/// <summary>What a webhook's signature vouches for. It decides how far the body is believed.</summary>
public enum SignatureCoverage
{
    /// <summary>The whole body and a time: what the body says is the provider's word (Standard Webhooks, for example).</summary>
    RawBody,

    /// <summary>The event id alone. One pair of id and signature, once seen, passes with any body, for ever.</summary>
    EventIdOnly,

    /// <summary>The sender alone. One token, once caught, passes with any body and any id until it expires.</summary>
    SenderOnly,

    /// <summary>
    /// The whole body and no time. What the body says is the provider's word, and a request that was caught passes again for ever. Its id is
    /// therefore read from the body, so that it has no second effect.
    /// </summary>
    BodyOnly,

    /// <summary>Nothing: the service signs nothing. Only a token that the request carries, or the provider's API, can prove the event.</summary>
    None,
}

/// <summary>Questions about a <see cref="SignatureCoverage"/>.</summary>
public static class SignatureCoverageExtensions
{
    /// <summary>Returns whether the signature covers the whole body, so that what the body says was said by the one who signed it.</summary>
    public static bool CoversBody(this SignatureCoverage coverage) => coverage is SignatureCoverage.RawBody or SignatureCoverage.BodyOnly;
}
