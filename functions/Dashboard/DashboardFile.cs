using System.Security.Cryptography;

namespace WebhookFunctions.Dashboard;

/// <summary>File of the page.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="ContentType">Its media type.</param>
public sealed record DashboardFile(ReadOnlyMemory<byte> Content, string ContentType)
{
    /// <summary>A strong entity tag, derived from the content (RFC 9110, 8.8.3).</summary>
    public string ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(Content.Span)[..16])}\"";

    /// <summary>Returns whether a value of <c>If-None-Match</c> names this content. A weak tag counts too, by RFC 9110, 13.1.2: front ends that
    /// compress make one.</summary>
    public bool IsNamedBy(string tags) => tags
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Any(tag => tag == "*" || tag == ETag || (tag.StartsWith("W/", StringComparison.Ordinal) && tag[2..] == ETag));
}
