using System.Buffers;
using NSec.Cryptography;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>
/// Standard Webhooks, asymmetric: header <c>webhook-signature</c> lists <c>v1a,{base64}</c> entries with spaces between them, each an Ed25519 signature
/// (RFC 8032) of <c>{webhook-id}.{webhook-timestamp}.{body}</c>. One right entry under one published key is enough; the time must be within five minutes
/// of now. Document: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
/// </summary>
/// <remarks>
/// The keys are published, so they are the same for all of the provider's customers: the verdict says so. The list names no key, so every key is tried.
/// Where no key fits, the document of keys is fetched again, at most once a minute. While it is unavailable, a signature that fits no known key is not
/// known to be wrong.
/// <c>id.time.body</c> could be cut in two ways, as for <see cref="StandardWebhooksVerifier"/>, and is as harmless.
/// </remarks>
public sealed class StandardWebhooksPublicKeyVerifier(JwksCache keys, TimeProvider clock) : IWebhookVerifier
{
    /// <summary>What an entry of this scheme begins with.</summary>
    public const string EntryPrefix = "v1a,";

    /// <summary>
    /// How many well-formed entries are checked: each costs one Ed25519 verification over the body under every key, for a forged webhook too.
    /// A sender that signs with each of three keys needs three.
    /// </summary>
    public const int MaxSignatures = 8;

    private const int SignatureBytes = 64;
    private const int SignatureCharacters = 88;

    public async ValueTask<Verdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        // Ed25519 hashes what is signed twice, so it is wanted in one piece.
        var signed = ArrayPool<byte>.Shared.Rent(StandardWebhooksHeaders.MaxPrefixBytes + request.Body.Length);
        try
        {
            var rejection = StandardWebhooksHeaders.Read(request, clock.GetUtcNow(), signed, out var length, out var list);
            if (rejection != RejectionReason.None)
            {
                return Verdict.Rejected(rejection);
            }

            if (Decode(list) is not { Count: > 0 } signatures)
            {
                // Before a key is looked for: what is no signature causes no fetch.
                return Verdict.Rejected(RejectionReason.MalformedHeader);
            }

            request.Body.Span.CopyTo(signed.AsSpan(length));
            length += request.Body.Length;
            return await keys.SearchAsync(published => Fits(published, signed.AsSpan(0, length), signatures), cancellationToken) switch
            {
                KeySearch.Found => Verdict.GenuineBySharedKey(SignatureCoverage.RawBody),
                KeySearch.Unavailable => Verdict.Rejected(RejectionReason.KeysUnavailable),
                _ => Verdict.Rejected(RejectionReason.WrongSignature),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(signed);
        }
    }

    private static bool Fits(PublishedKeys published, ReadOnlySpan<byte> signed, List<byte[]> signatures)
    {
        foreach (var signature in signatures)
        {
            foreach (var key in published.Ed25519)
            {
                // Refuses an S of the group's order or more, and keys and points of a small order: each would give one message several signatures.
                if (SignatureAlgorithm.Ed25519.Verify(key, signed, signature))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static List<byte[]> Decode(ReadOnlySpan<char> list)
    {
        List<byte[]> signatures = [];
        var entries = 0;
        foreach (var range in list.Split(' '))
        {
            if (++entries > StandardWebhooksVerifier.MaxEntries || signatures.Count == MaxSignatures)
            {
                break;
            }

            if (list[range].StartsWith(EntryPrefix, StringComparison.Ordinal) && TryDecode(list[range][EntryPrefix.Length..]) is { } signature)
            {
                signatures.Add(signature);
            }
        }

        return signatures;
    }

    // Base64 leaves four bits unused here: only the spelling that has them as zero is the signature.
    private static byte[]? TryDecode(ReadOnlySpan<char> text)
    {
        var signature = new byte[SignatureBytes];
        Span<char> spelling = stackalloc char[SignatureCharacters];
        return text.Length == SignatureCharacters
            && Convert.TryFromBase64Chars(text, signature, out var length) && length == SignatureBytes
            && Convert.TryToBase64Chars(signature, spelling, out _) && text.SequenceEqual(spelling)
                ? signature
                : null;
    }
}
