namespace WebhookFunctions.Model;

/// <summary>What a webhook's signature vouches for. It decides how far the body is believed.</summary>
public enum SignatureCoverage
{
    /// <summary>The whole body and a time: what the body says is the provider's word (Standard Webhooks, Sync).</summary>
    RawBody,

    /// <summary>The event id alone. One pair of id and signature, once seen, passes with any body, for ever (GeminiGen.AI).</summary>
    EventIdOnly,

    /// <summary>The sender alone. One token, once caught, passes with any body and any id until it expires (Gemini dynamic webhooks).</summary>
    SenderOnly,
}
