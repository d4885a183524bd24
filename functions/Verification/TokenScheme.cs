using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>Place in a request where a service that signs nothing sends the agreed token.</summary>
public enum TokenPlace
{
    /// <summary>In the URL, as <c>?token=</c>: see <see cref="UrlTokens"/>.</summary>
    Query,

    /// <summary>In header <c>Authorization</c>, after <c>Bearer </c> (RFC 6750, 2.1).</summary>
    Bearer,
}

/// <summary>Scheme without a signature: the request carries a token that only the service and this deployment know.</summary>
/// <param name="Place">Where the token is.</param>
public sealed record TokenScheme(TokenPlace Place) : WebhookScheme
{
    public override SignatureCoverage Coverage => SignatureCoverage.None;

    public override bool IsSharedKey => false;

    /// <summary>Returns the verifier of this scheme. A token in the URL is checked by the receiver, before the body is read.</summary>
    public IWebhookVerifier Verifier(UrlTokens tokens) => new TokenVerifier(Place == TokenPlace.Bearer ? tokens : null);
}

/// <summary>Verifier of a <see cref="TokenScheme"/>.</summary>
/// <param name="bearer">The tokens of which header <c>Authorization</c> must carry one; null if the receiver checks the URL's token.</param>
internal sealed class TokenVerifier(UrlTokens? bearer) : IWebhookVerifier
{
    private const string Header = "Authorization";
    private const string Prefix = "Bearer ";

    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(Verify(request));

    private Verdict Verify(WebhookRequest request)
    {
        if (bearer is null)
        {
            return Verdict.Genuine(SignatureCoverage.None);
        }

        if (request.Header(Header) is not { } header)
        {
            return Verdict.Rejected(RejectionReason.MissingHeader);
        }

        // RFC 9110, 11.1: the authentication scheme is case-insensitive.
        return !header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Verdict.Rejected(RejectionReason.MalformedHeader)
            : bearer.Contains(header[Prefix.Length..].TrimStart(' ')) ? Verdict.Genuine(SignatureCoverage.None) with { HasToken = true }
            : Verdict.Rejected(RejectionReason.WrongToken);
    }
}
