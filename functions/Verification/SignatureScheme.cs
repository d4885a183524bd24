using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>Scheme by which a service proves that a webhook is its own, described as data.</summary>
public abstract record WebhookScheme
{
    /// <summary>The part of the webhook that the scheme covers.</summary>
    public abstract SignatureCoverage Coverage { get; }

    /// <summary>Whether its key is the same for all of the service's customers, so that any of them can have genuine webhooks sent here.</summary>
    public abstract bool IsSharedKey { get; }
}

/// <summary>Scheme in which a header carries one or more signatures of a text.</summary>
/// <remarks>A time is checked only if the signed text contains it. Otherwise anybody who repeats a webhook could change it.</remarks>
public abstract record SignatureScheme : WebhookScheme
{
    /// <summary>The maximum number of list entries that are examined. A rotation needs two; a header of 32 KiB holds thousands.</summary>
    public const int MaxEntries = 32;

    /// <summary>The header with the signatures.</summary>
    public required string SignatureHeader { get; init; }

    /// <summary>The template of the signed text (see <see cref="SignedTemplate"/>).</summary>
    public required string Template { get; init; }

    /// <summary>The header with the webhook's id. The default value, null, means that there is none.</summary>
    public string? IdHeader { get; init; }

    /// <summary>The header with the time in Unix seconds. The default value, null, means that the time is the part <c>t=</c> of the signature
    /// header.</summary>
    public string? TimeHeader { get; init; }

    /// <summary>The encoding of a signature. The default value is hex.</summary>
    public SignatureEncoding Encoding { get; init; }

    /// <summary>The prefix of each signature, such as <c>v1=</c>. An entry without it is skipped. The default value is empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The separator of the header's entries. The default value, null, means that the header contains one signature and nothing
    /// else.</summary>
    public char? Separator { get; init; }

    /// <summary>The maximum number of well-formed signatures that are verified. The default value is 8: a sender needs one for each of its
    /// keys.</summary>
    public int MaxSignatures { get; init; } = 8;

    /// <summary>How far the signed time may be from now, in either direction. The default value is five minutes.</summary>
    public TimeSpan Tolerance { get; init; } = SignedTime.Tolerance;

    /// <summary>Whether the time may also be in milliseconds, for a service that does not document its unit. The default value is false.</summary>
    public bool TakesMilliseconds { get; init; }

    public override SignatureCoverage Coverage => SignedTemplate.Parse(Template, IdHeader).Coverage;
}
