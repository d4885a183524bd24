using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>The way in which a service shows that a webhook is its own, described as data.</summary>
public abstract record WebhookScheme
{
    /// <summary>What it vouches for.</summary>
    public abstract SignatureCoverage Coverage { get; }

    /// <summary>Whether its key is the same for all of the service's customers, so that any of them can have genuine webhooks sent here.</summary>
    public abstract bool IsSharedKey { get; }
}

/// <summary>A scheme in which a header carries one or more signatures of a text.</summary>
/// <remarks>A time is checked only where the text holds it: a time that nobody signed can be changed by anybody who sends a webhook again.</remarks>
public abstract record SignatureScheme : WebhookScheme
{
    /// <summary>How many entries of a list are looked at. A rotation needs two; a header of 32 KiB holds thousands.</summary>
    public const int MaxEntries = 32;

    /// <summary>The header with the signatures.</summary>
    public required string SignatureHeader { get; init; }

    /// <summary>What is signed, in the form of <see cref="SignedTemplate"/>.</summary>
    public required string Template { get; init; }

    /// <summary>The header with the webhook's id; null where there is none, the default value.</summary>
    public string? IdHeader { get; init; }

    /// <summary>The header with the time in Unix seconds; null where the time is the part <c>t=</c> of the signatures' header, the default value.</summary>
    public string? TimeHeader { get; init; }

    /// <summary>The form of a signature. The default value is hex.</summary>
    public SignatureEncoding Encoding { get; init; }

    /// <summary>What stands before each signature: <c>v1=</c>, for example. An entry without it is skipped. The default value is nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>What stands between the entries of the header; null where it holds one signature and nothing else, the default value.</summary>
    public char? Separator { get; init; }

    /// <summary>How many well-formed signatures are checked. The default value is 8: a sender needs one for each of its keys.</summary>
    public int MaxSignatures { get; init; } = 8;

    /// <summary>How far the signed time may be from now, in either direction. The default value is five minutes.</summary>
    public TimeSpan Tolerance { get; init; } = SignedTime.Tolerance;

    /// <summary>Whether the time may be in milliseconds too, for a service that does not say its unit. The default value is false.</summary>
    public bool TakesMilliseconds { get; init; }

    public override SignatureCoverage Coverage => SignedTemplate.Parse(Template, IdHeader).Coverage;
}
