using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>Where a service that signs nothing carries the token that was agreed with it.</summary>
public enum TokenPlace
{
    /// <summary>In the URL, as <c>?token=</c>: see <see cref="UrlTokens"/>.</summary>
    Query,

    /// <summary>In header <c>Authorization</c>, behind <c>Bearer </c> (RFC 6750, 2.1).</summary>
    Bearer,
}

/// <summary>No signature at all: a token that only the service and this deployment know stands in for one.</summary>
/// <param name="Place">Where the token is.</param>
public sealed record TokenScheme(TokenPlace Place) : WebhookScheme
{
    public override SignatureCoverage Coverage => SignatureCoverage.None;

    public override bool IsSharedKey => false;

    /// <summary>Returns the check of this scheme. A token in the URL is checked by the address itself, before the body is read.</summary>
    public IWebhookVerifier Verifier(UrlTokens tokens) => new TokenVerifier(Place == TokenPlace.Bearer ? tokens : null);
}

/// <summary>The check of a <see cref="TokenScheme"/>.</summary>
/// <param name="bearer">The tokens of which header <c>Authorization</c> must carry one; null where the address checks the URL's.</param>
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

        // RFC 9110, 11.1: the scheme's case does not matter.
        return !header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Verdict.Rejected(RejectionReason.MalformedHeader)
            : bearer.Contains(header[Prefix.Length..].TrimStart(' ')) ? Verdict.Genuine(SignatureCoverage.None) with { HasToken = true }
            : Verdict.Rejected(RejectionReason.WrongToken);
    }
}
