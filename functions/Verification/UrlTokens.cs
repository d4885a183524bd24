using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>
/// The tokens with which a provider's URL may be registered, as <c>?token=</c>. They show that a sender was given the URL, where the provider's signature
/// alone does not show that a webhook is meant for this deployment. Several are valid side by side during a rotation.
/// </summary>
public sealed class UrlTokens
{
    /// <summary>The name of the query parameter.</summary>
    public const string Parameter = "token";

    /// <summary>The shortest token, in characters. Random ones of this length hold 96 bits.</summary>
    public const int MinLength = 16;

    /// <summary>The most tokens that are taken.</summary>
    public const int MaxTokens = 8;

    // RFC 3986, 2.3: what no front end encodes or rewrites.
    private static readonly SearchValues<char> UrlSafe = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    // Digests, so that a comparison takes the same time whatever the length.
    private readonly byte[][] _digests;

    private UrlTokens(IEnumerable<string> tokens) => _digests = [.. tokens.Select(Digest)];

    /// <summary>The tokens in a setting, with white space between them. Null where it is missing, and where any of them is unsound, which is reported.</summary>
    public static UrlTokens? Read(ProviderSettings settings, string setting)
    {
        var tokens = settings.List(setting);
        var problem = tokens.Count > MaxTokens ? $"holds more than {MaxTokens} tokens"
            : tokens.Any(token => token.Length < MinLength) ? $"is too short: a token has at least {MinLength} characters"
            : tokens.Any(token => !IsUrlSafe(token)) ? "holds characters that are not safe in a URL: letters, digits, '-', '.', '_' and '~' are"
            : null;
        if (problem is not null)
        {
            settings.Report(setting, problem);
        }

        return problem is null && tokens.Count > 0 ? new UrlTokens(tokens) : null;
    }

    /// <summary>Returns whether a text holds only characters that no front end encodes or rewrites.</summary>
    public static bool IsUrlSafe(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(UrlSafe);

    /// <summary>Whether <paramref name="token"/> is one of them, in a time that does not depend on which, or on how much of one it has.</summary>
    public bool Contains(string? token)
    {
        if (token is null)
        {
            return false;
        }

        var given = Digest(token);
        var found = false;
        foreach (var digest in _digests)
        {
            found |= CryptographicOperations.FixedTimeEquals(given, digest);
        }

        return found;
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
