using System.Buffers;
using NSec.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>Scheme of Ed25519 signatures (RFC 8032), with keys that the service publishes or that a setting contains.</summary>
public sealed record Ed25519Scheme : SignatureScheme
{
    /// <summary>
    /// Whether the keys serve all of the service's customers. The default value is true: a key that is published serves them all unless the service
    /// documents otherwise.
    /// </summary>
    public bool HasSharedKey { get; init; } = true;

    public override bool IsSharedKey => HasSharedKey;

    /// <summary>Returns the verifier of this scheme with the given keys.</summary>
    /// <exception cref="ArgumentException">The scheme's template is invalid.</exception>
    public Ed25519Verifier Verifier(IKeySource keys, TimeProvider clock) => new(this, keys, clock);
}

/// <summary>Verifier of an <see cref="Ed25519Scheme"/>. One valid signature by one of the keys is enough.</summary>
/// <remarks>
/// A list of signatures names no reliable key, so every key is tried. If no key verifies a signature, published keys are fetched again, at most once
/// a minute. While they are unavailable, a signature that no known key verifies may still be valid.
/// </remarks>
public sealed class Ed25519Verifier : IWebhookVerifier
{
    private readonly Ed25519Scheme _scheme;
    private readonly SignatureReader _reader;
    private readonly IKeySource _keys;
    private readonly TimeProvider _clock;

    internal Ed25519Verifier(Ed25519Scheme scheme, IKeySource keys, TimeProvider clock)
    {
        _scheme = scheme;
        _reader = new SignatureReader(scheme, SignatureAlgorithm.Ed25519.SignatureSize);
        _keys = keys;
        _clock = clock;
    }

    public async ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        // Ed25519 hashes the signed text twice, so the text must be in one buffer.
        var body = _reader.Text.HasBody ? request.Body : default;
        var signed = ArrayPool<byte>.Shared.Rent(_reader.Text.MaxPrefixBytes + body.Length);
        var signatures = ArrayPool<byte>.Shared.Rent(_reader.MaxSignatureBytes);
        try
        {
            var rejection = _reader.Read(request, _clock.GetUtcNow(), signed, out var length, signatures, out var signaturesLength);
            if (rejection != RejectionReason.None)
            {
                return Verdict.Rejected(rejection);
            }

            body.Span.CopyTo(signed.AsSpan(length));
            length += body.Length;
            return await _keys.SearchAsync(
                published => Fits(published, signed.AsSpan(0, length), signatures.AsSpan(0, signaturesLength)), cancellationToken) switch
            {
                KeySearch.Found => _scheme.IsSharedKey ? Verdict.GenuineBySharedKey(_reader.Text.Coverage) : Verdict.Genuine(_reader.Text.Coverage),
                KeySearch.Unavailable => Verdict.Rejected(RejectionReason.KeysUnavailable),
                _ => Verdict.Rejected(RejectionReason.WrongSignature),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(signed);
            ArrayPool<byte>.Shared.Return(signatures);
        }
    }

    private static bool Fits(PublishedKeys published, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signatures)
    {
        var size = SignatureAlgorithm.Ed25519.SignatureSize;
        for (var rest = signatures; !rest.IsEmpty; rest = rest[size..])
        {
            foreach (var key in published.Ed25519)
            {
                // Verify rejects an S that is not below the group's order, and keys and points of a small order. Each would allow several signatures
                // of one message.
                if (SignatureAlgorithm.Ed25519.Verify(key, signed, rest[..size]))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
