using System.Security.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>The form in which a setting holds the key of an HMAC.</summary>
public enum HmacKeyForm
{
    /// <summary>Base64 after an optional <c>whsec_</c>, as in Standard Webhooks.</summary>
    Base64,

    /// <summary>The text itself, as UTF-8.</summary>
    Text,

    /// <summary>The text after an optional <c>whsec_</c>, not decoded.</summary>
    TextBehindPrefix,
}

/// <summary>Scheme of HMAC-SHA256 signatures, with a secret that only the service and this deployment have.</summary>
public sealed record HmacScheme : SignatureScheme
{
    /// <summary>The form of the key. The default value is base64.</summary>
    public HmacKeyForm Key { get; init; }

    public override bool IsSharedKey => false;

    /// <summary>Returns the verifier of this scheme with the given keys.</summary>
    /// <exception cref="ArgumentException">The scheme's template is invalid.</exception>
    public HmacVerifier Verifier(HmacKeyRing keys, TimeProvider clock) => new(this, keys, clock);
}

/// <summary>Verifier of an <see cref="HmacScheme"/>. One valid signature with one of the keys is enough.</summary>
/// <remarks>Its allocations do not depend on the size of the body, which is hashed in place.</remarks>
public sealed class HmacVerifier : IWebhookVerifier
{
    private readonly SignatureReader _reader;
    private readonly HmacKeyRing _keys;
    private readonly TimeProvider _clock;

    internal HmacVerifier(HmacScheme scheme, HmacKeyRing keys, TimeProvider clock)
    {
        _reader = new SignatureReader(scheme, HMACSHA256.HashSizeInBytes);
        _keys = keys;
        _clock = clock;
    }

    public ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(Verify(request));

    private Verdict Verify(WebhookRequest request)
    {
        Span<byte> prefix = stackalloc byte[_reader.Text.MaxPrefixBytes];
        Span<byte> signatures = stackalloc byte[_reader.MaxSignatureBytes];
        var rejection = _reader.Read(request, _clock.GetUtcNow(), prefix, out var length, signatures, out var signaturesLength);
        return rejection != RejectionReason.None ? Verdict.Rejected(rejection)
            : Matches(prefix[..length], _reader.Text.HasBody ? request.Body.Span : [], signatures[..signaturesLength]) ? Verdict.Genuine(_reader.Text.Coverage)
            : Verdict.Rejected(RejectionReason.WrongSignature);
    }

    // Every signature is compared for every key, so the time does not reveal which of them matches.
    private bool Matches(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, ReadOnlySpan<byte> signatures)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var found = false;
        for (var key = 0; key < _keys.Count; key++)
        {
            _keys.Sign(key, prefix, body, mac);
            for (var rest = signatures; !rest.IsEmpty; rest = rest[HMACSHA256.HashSizeInBytes..])
            {
                found |= CryptographicOperations.FixedTimeEquals(mac, rest[..HMACSHA256.HashSizeInBytes]);
            }
        }

        // The computed MAC is a valid signature of this body, which an attacker may have written.
        CryptographicOperations.ZeroMemory(mac);
        return found;
    }
}
