using System.Security.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>The form in which a setting holds the key of an HMAC.</summary>
public enum HmacKeyForm
{
    /// <summary>Base64 after an optional <c>whsec_</c>, as Standard Webhooks has it.</summary>
    Base64,

    /// <summary>The text as it stands.</summary>
    Text,

    /// <summary>The text behind an optional <c>whsec_</c>, not decoded.</summary>
    TextBehindPrefix,
}

/// <summary>An HMAC-SHA256 under a secret that only the service and this deployment have.</summary>
public sealed record HmacScheme : SignatureScheme
{
    /// <summary>The form of the key. The default value is base64.</summary>
    public HmacKeyForm Key { get; init; }

    public override bool IsSharedKey => false;

    /// <summary>Returns the check of this scheme under some keys.</summary>
    /// <exception cref="ArgumentException">The scheme's template is none.</exception>
    public HmacVerifier Verifier(HmacKeyRing keys, TimeProvider clock) => new(this, keys, clock);
}

/// <summary>The check of an <see cref="HmacScheme"/>. One right signature under one key is enough.</summary>
/// <remarks>What it allocates does not grow with the body, which is fed to the hash as it lies in memory.</remarks>
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

    // Every signature is compared with every key's, so the time taken does not tell which of them fits.
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

        // What was computed would be a valid signature of a body that someone else wrote.
        CryptographicOperations.ZeroMemory(mac);
        return found;
    }
}
