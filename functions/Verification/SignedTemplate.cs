using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>
/// Template of the text that a scheme signs, with placeholders: <c>{id}.{time}.{body}</c>, for example. It determines what the signature covers.
/// </summary>
/// <remarks>
/// The placeholders are <c>{id}</c> (the scheme's header with the webhook's id), <c>{time}</c>, <c>{body}</c> (the raw bytes, only at the end) and
/// <c>{sha256}</c> (the body's SHA-256 in lower-case hex). Any other name is a header's, and is replaced by its value.
/// </remarks>
public sealed class SignedTemplate
{
    private const string Id = "id";
    private const string Time = "time";
    private const string Body = "body";
    private const string Digest = "sha256";

    private const int MaxTimeBytes = 32;
    private const int MaxHeaderBytes = EventKey.MaxWebhookIdLength * 3;

    // The maximum size of the text before the body, which is held on the stack.
    private const int MaxBytes = 16 * 1024;

    private readonly List<Part> _parts = [];

    private SignedTemplate()
    {
    }

    private enum Kind
    {
        Text,
        Header,
        Time,
        Digest,
    }

    /// <summary>Whether the body itself is signed, after everything else.</summary>
    public bool HasBody { get; private set; }

    /// <summary>Whether a time is signed.</summary>
    public bool HasTime { get; private set; }

    /// <summary>The maximum number of bytes before the body.</summary>
    public int MaxPrefixBytes { get; private set; }

    /// <summary>The part of a webhook that a signature of this text covers.</summary>
    public SignatureCoverage Coverage { get; private set; }

    /// <summary>Parses a template.</summary>
    /// <param name="template">The text with its placeholders.</param>
    /// <param name="idHeader">The header with the webhook's id; null if the scheme has none.</param>
    /// <exception cref="ArgumentException">The template is invalid, so the scheme's description is wrong.</exception>
    public static SignedTemplate Parse(string template, string? idHeader)
    {
        var parsed = new SignedTemplate();
        var hasId = false;
        var hasDigest = false;
        for (var rest = template; rest.Length > 0;)
        {
            var open = rest.IndexOf('{', StringComparison.Ordinal);
            if (parsed.HasBody || open != 0)
            {
                var text = open < 0 ? rest : rest[..open];
                parsed.Add(parsed.HasBody ? throw Wrong("the body must be at its end") : new Part(Kind.Text, text, Encoding.UTF8.GetBytes(text)), text.Length * 3);
                rest = rest[text.Length..];
                continue;
            }

            var close = rest.IndexOf('}', StringComparison.Ordinal);
            var place = close > 1 ? rest[1..close] : throw Wrong("a placeholder must be a name between two braces");
            rest = rest[(close + 1)..];
            switch (place)
            {
                case Body:
                    parsed.HasBody = true;
                    break;
                case Time:
                    parsed.HasTime = true;
                    parsed.Add(new Part(Kind.Time, place, []), MaxTimeBytes);
                    break;
                case Digest:
                    hasDigest = true;
                    parsed.Add(new Part(Kind.Digest, place, []), SHA256.HashSizeInBytes * 2);
                    break;
                default:
                    hasId |= place == Id;
                    parsed.Add(new Part(Kind.Header, place == Id ? idHeader ?? throw Wrong("the scheme names no header for the id") : place, []), MaxHeaderBytes);
                    break;
            }
        }

        parsed.Coverage = (parsed.HasBody || hasDigest, parsed.HasTime) switch
        {
            (true, true) => SignatureCoverage.RawBody,
            (true, false) => SignatureCoverage.BodyOnly,
            _ => hasId ? SignatureCoverage.EventIdOnly : SignatureCoverage.SenderOnly,
        };
        return parsed;

        ArgumentException Wrong(string rule) => new($"\"{template.Replace("\n", "\\n", StringComparison.Ordinal)}\" is not a valid template: {rule}.", nameof(template));
    }

    /// <summary>Writes the text before the body.</summary>
    /// <param name="request">The webhook.</param>
    /// <param name="time">The time as sent, in digits.</param>
    /// <param name="prefix">Receives the text; at least <see cref="MaxPrefixBytes"/> long.</param>
    /// <param name="length">The text's length.</param>
    /// <returns>Why the text cannot be written; <see cref="RejectionReason.None"/> if it was written.</returns>
    public RejectionReason Write(WebhookRequest request, ReadOnlySpan<char> time, Span<byte> prefix, out int length)
    {
        length = 0;
        foreach (var part in _parts)
        {
            var rest = prefix[length..];
            switch (part.Kind)
            {
                case Kind.Text:
                    part.Bytes.CopyTo(rest);
                    length += part.Bytes.Length;
                    break;
                case Kind.Time:
                    length += Encoding.ASCII.GetBytes(time, rest);
                    break;
                case Kind.Digest:
                    length += WriteDigest(request.Body.Span, rest);
                    break;
                default:
                    if (request.Header(part.Name) is not { } value)
                    {
                        return RejectionReason.MissingHeader;
                    }

                    // Kestrel reads header values as strict UTF-8 and refuses anything else, so UTF-8 gives back the very bytes that were sent.
                    // (The Functions host in front of the worker forwards ASCII values only.) A lone surrogate comes from no such header; refusing
                    // it keeps two ids from sharing one signature.
                    if (value.Length > EventKey.MaxWebhookIdLength
                        || Utf8.FromUtf16(value, rest, out _, out var written, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
                    {
                        return RejectionReason.MalformedHeader;
                    }

                    length += written;
                    break;
            }
        }

        return RejectionReason.None;
    }

    private static int WriteDigest(ReadOnlySpan<byte> body, Span<byte> text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, digest);
        Convert.TryToHexStringLower(digest, text, out var digits);
        return digits;
    }

    private void Add(Part part, int maxBytes)
    {
        _parts.Add(part);
        MaxPrefixBytes += maxBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxPrefixBytes, MaxBytes);
    }

    private sealed record Part(Kind Kind, string Name, byte[] Bytes);
}
