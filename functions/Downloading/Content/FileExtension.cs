using System.Text.RegularExpressions;

namespace WebhookFunctions.Downloading.Content;

/// <summary>The extension in a file's name, as far as it says what the file is.</summary>
internal static partial class FileExtension
{
    // What makes an answer, not what the answer is; and any bytes.
    private static readonly HashSet<string> Meaningless = new(StringComparer.Ordinal) { "php", "asp", "aspx", "ashx", "jsp", "cgi", "do", "dll", "exe", "bin" };

    /// <summary>Returns the extension in lower case without its dot; null where the name, or the last part of the path, has no telling one.</summary>
    public static string? Of(string name)
    {
        var last = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        return Extension().Match(last) is { Success: true } match && match.Groups[1].Value.ToLowerInvariant() is var extension && !Meaningless.Contains(extension)
            ? extension
            : null;
    }

    /// <summary>Returns the first extension that one of <paramref name="names"/> has; null where none has any.</summary>
    public static string? First(IEnumerable<string> names) => names.Select(Of).FirstOrDefault(extension => extension is not null);

    // A letter is in it: "v1.2" is a version. Longer than "safetensors" hardly any is.
    [GeneratedRegex(@"[^.]\.((?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,12})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Extension();
}
