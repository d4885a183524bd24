using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Verification;

/// <summary>
/// Tokens that a provider's URL may carry, as <c>?token=</c>. They prove that the sender was given this deployment's URL, where the signature alone
/// does not. Several are valid at once during a rotation.
/// </summary>
public sealed class UrlTokens
{
    /// <summary>The name of the query parameter.</summary>
    public const string Parameter = "token";

    /// <summary>The shortest token, in characters. Random ones of this length hold 96 bits.</summary>
    public const int MinLength = 16;

    /// <summary>The maximum number of tokens.</summary>
    public const int MaxTokens = 8;

    // RFC 3986, 2.3: the characters that no front end encodes or rewrites.
    private static readonly SearchValues<char> UrlSafe = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    // Digests are compared, so that a comparison takes the same time whatever the length.
    private readonly byte[][] _digests;

    private UrlTokens(IEnumerable<string> tokens) => _digests = [.. tokens.Select(Digest)];

    /// <summary>Reads the tokens in a setting, separated by white space. Returns null if the setting is missing, or if any token is invalid, which
    /// is reported.</summary>
    public static UrlTokens? Read(ProviderSettings settings, string setting)
    {
        var tokens = settings.List(setting);
        var problem = tokens.Count > MaxTokens ? $"contains more than {MaxTokens} tokens"
            : tokens.Any(token => token.Length < MinLength) ? $"is too short: a token has at least {MinLength} characters"
            : tokens.Any(token => !IsUrlSafe(token)) ? "contains characters other than letters, digits, '-', '.', '_' and '~'"
            : null;
        if (problem is not null)
        {
            settings.Report(setting, problem);
        }

        return problem is null && tokens.Count > 0 ? new UrlTokens(tokens) : null;
    }

    /// <summary>Returns whether a text holds only characters that no front end encodes or rewrites.</summary>
    public static bool IsUrlSafe(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(UrlSafe);

    /// <summary>Returns whether <paramref name="token"/> is one of the tokens, in a time that does not reveal which one, or how much of one
    /// matches.</summary>
    public bool Contains(string? token)
    {
        if (token is null)
        {
            return false;
        }

        var tokenDigest = Digest(token);
        var found = false;
        foreach (var digest in _digests)
        {
            found |= CryptographicOperations.FixedTimeEquals(tokenDigest, digest);
        }

        return found;
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
