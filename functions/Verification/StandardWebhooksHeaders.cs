using System.Text;
using System.Text.Unicode;
using WebhookFunctions.Model;

namespace WebhookFunctions.Verification;

/// <summary>What both schemes of Standard Webhooks have in common: the three headers, and what stands before the body in the text that is signed.</summary>
internal static class StandardWebhooksHeaders
{
    /// <summary>The longest <c>{webhook-id}.{webhook-timestamp}.</c>, in bytes.</summary>
    public const int MaxPrefixBytes = EventKey.MaxWebhookIdLength * 3 + 32;

    /// <summary>Reads the headers and checks that the time is within five minutes of <paramref name="now"/>.</summary>
    /// <param name="request">The webhook.</param>
    /// <param name="now">The time at which it is checked.</param>
    /// <param name="prefix">Is given <c>{webhook-id}.{webhook-timestamp}.</c>; at least <see cref="MaxPrefixBytes"/> long.</param>
    /// <param name="length">The prefix's length.</param>
    /// <param name="signatures">The list of signatures, with spaces between its entries; empty where the webhook is refused.</param>
    /// <returns>Why the webhook is refused; <see cref="RejectionReason.None"/> where its signatures are to be checked.</returns>
    public static RejectionReason Read(WebhookRequest request, DateTimeOffset now, Span<byte> prefix, out int length, out string signatures)
    {
        length = 0;
        signatures = "";
        if (request.Header(StandardWebhooksVerifier.IdHeader) is not { } id
            || request.Header(StandardWebhooksVerifier.TimestampHeader) is not { } timestamp
            || request.Header(StandardWebhooksVerifier.SignatureHeader) is not { } list)
        {
            return RejectionReason.MissingHeader;
        }

        if (!SignedTime.TryParse(timestamp, out var seconds) || id.Length > EventKey.MaxWebhookIdLength)
        {
            return RejectionReason.MalformedHeader;
        }

        if (!SignedTime.IsNear(seconds, now))
        {
            return RejectionReason.StaleTimestamp;
        }

        // Kestrel reads header values as strict UTF-8 and refuses anything else, so UTF-8 gives back the very bytes that were sent.
        // (The Functions host in front of the worker forwards ASCII values only.) A lone surrogate comes from no such header; refusing it keeps
        // two ids from sharing one signature.
        if (Utf8.FromUtf16(id, prefix, out _, out length, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
        {
            return RejectionReason.MalformedHeader;
        }

        prefix[length++] = (byte)'.';
        length += Encoding.ASCII.GetBytes(timestamp, prefix[length..]);
        prefix[length++] = (byte)'.';
        signatures = list;
        return RejectionReason.None;
    }
}
