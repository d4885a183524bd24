using System.Buffers;
using NSec.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>An Ed25519 signature (RFC 8032) under keys that the service publishes, or that a setting holds.</summary>
public sealed record Ed25519Scheme : SignatureScheme
{
    /// <summary>
    /// Whether the keys serve all of the service's customers. The default value is true: a key that is published serves them all unless the service
    /// documents otherwise.
    /// </summary>
    public bool HasSharedKey { get; init; } = true;

    public override bool IsSharedKey => HasSharedKey;

    /// <summary>Returns the check of this scheme under some keys.</summary>
    /// <exception cref="ArgumentException">The scheme's template is none.</exception>
    public Ed25519Verifier Verifier(IKeySource keys, TimeProvider clock) => new(this, keys, clock);
}

/// <summary>The check of an <see cref="Ed25519Scheme"/>. One right signature under one key is enough.</summary>
/// <remarks>
/// A list of signatures names no key that can be relied on, so every key is tried. Where no key fits, published keys are fetched again, at most once a
/// minute. While they are unavailable, a signature that fits no known key is not known to be wrong.
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
        // Ed25519 hashes what is signed twice, so it is wanted in one piece.
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
                // Refuses an S of the group's order or more, and keys and points of a small order: each would give one message several signatures.
                if (SignatureAlgorithm.Ed25519.Verify(key, signed, rest[..size]))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
