using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>Reader of the headers of a <see cref="SignatureScheme"/>: the signatures, and the part of the signed text before the body.</summary>
internal sealed class SignatureReader
{
    private const string TimePart = "t=";

    private readonly SignatureScheme _scheme;
    private readonly int _signatureBytes;
    private readonly bool _hasTimePart;

    /// <param name="scheme">The scheme.</param>
    /// <param name="signatureBytes">The length of a signature, in bytes.</param>
    /// <exception cref="ArgumentException">The scheme's template is invalid.</exception>
    public SignatureReader(SignatureScheme scheme, int signatureBytes)
    {
        _scheme = scheme;
        _signatureBytes = signatureBytes;
        Text = SignedTemplate.Parse(scheme.Template, scheme.IdHeader);
        _hasTimePart = Text.HasTime && scheme.TimeHeader is null;
    }

    /// <summary>The template of the signed text.</summary>
    public SignedTemplate Text { get; }

    /// <summary>The size of the buffer that <see cref="Read"/> needs for signatures, in bytes.</summary>
    public int MaxSignatureBytes => _scheme.MaxSignatures * _signatureBytes;

    /// <summary>Reads the headers, and checks that a signed time is close to <paramref name="now"/>.</summary>
    /// <param name="request">The webhook.</param>
    /// <param name="now">The current time.</param>
    /// <param name="prefix">Receives the text before the body; at least <see cref="SignedTemplate.MaxPrefixBytes"/> long.</param>
    /// <param name="length">The prefix's length.</param>
    /// <param name="signatures">Receives the signatures, one after the other; at least <see cref="MaxSignatureBytes"/> long.</param>
    /// <param name="signaturesLength">The signatures' length.</param>
    /// <returns>Why the webhook is rejected; <see cref="RejectionReason.None"/> if its signatures have to be verified.</returns>
    public RejectionReason Read(
        WebhookRequest request, DateTimeOffset now, Span<byte> prefix, out int length, Span<byte> signatures, out int signaturesLength)
    {
        length = 0;
        signaturesLength = 0;
        ReadOnlySpan<char> time = default;
        if (request.Header(_scheme.SignatureHeader) is not { } list)
        {
            return RejectionReason.MissingHeader;
        }

        if (_scheme.TimeHeader is { } timeHeader && Text.HasTime)
        {
            if (request.Header(timeHeader) is not { } value)
            {
                return RejectionReason.MissingHeader;
            }

            time = value;
        }

        if (!TryReadEntries(list, ref time, signatures, out signaturesLength))
        {
            return RejectionReason.MalformedHeader;
        }

        if (Text.HasTime && CheckTime(time, now) is var late && late != RejectionReason.None)
        {
            return late;
        }

        // Without a well-formed signature, the body is not hashed and no keys are fetched.
        return signaturesLength == 0 ? RejectionReason.MalformedHeader : Text.Write(request, time, prefix, out length);
    }

    private RejectionReason CheckTime(ReadOnlySpan<char> time, DateTimeOffset now) =>
        !SignedTime.TryParse(time, out var signedAt) || time.IsEmpty ? RejectionReason.MalformedHeader
        : SignedTime.IsNear(signedAt, now, _scheme.Tolerance, _scheme.TakesMilliseconds) ? RejectionReason.None
        : RejectionReason.StaleTimestamp;

    private bool TryReadEntries(string list, ref ReadOnlySpan<char> time, Span<byte> signatures, out int length)
    {
        length = 0;
        if (_scheme.Separator is not { } separator)
        {
            Add(list, signatures, ref length);
            return true;
        }

        var entries = 0;
        foreach (var range in list.AsSpan().Split(separator))
        {
            if (++entries > SignatureScheme.MaxEntries)
            {
                break;
            }

            var entry = list.AsSpan()[range].Trim(' ');
            if (!_hasTimePart || !entry.StartsWith(TimePart, StringComparison.Ordinal))
            {
                Add(entry, signatures, ref length);
            }
            else if (time.IsEmpty)
            {
                time = entry[TimePart.Length..];
            }
            else
            {
                // With two times it would be unclear which one was checked.
                return false;
            }
        }

        return true;
    }

    private void Add(ReadOnlySpan<char> entry, Span<byte> signatures, ref int length)
    {
        if (entry.StartsWith(_scheme.Prefix, StringComparison.Ordinal)
            && length < MaxSignatureBytes
            && _scheme.Encoding.TryDecode(entry[_scheme.Prefix.Length..], signatures.Slice(length, _signatureBytes)))
        {
            length += _signatureBytes;
        }
    }
}
