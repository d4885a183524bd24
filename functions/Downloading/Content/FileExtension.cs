using System.Text.RegularExpressions;

namespace WebhookFunctions.Downloading.Content;

/// <summary>Extension of a file name, if it identifies a type.</summary>
internal static partial class FileExtension
{
    // Extensions of the script that makes the answer, which say nothing about the answer, and those of unspecified bytes.
    private static readonly HashSet<string> Meaningless = new(StringComparer.Ordinal) { "php", "asp", "aspx", "ashx", "jsp", "cgi", "do", "dll", "exe", "bin" };

    /// <summary>Returns the extension in lower case without its dot; null if the name, or the path's last part, has no meaningful one.</summary>
    public static string? FromName(string name)
    {
        var last = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        return Extension().Match(last) is { Success: true } match && match.Groups[1].Value.ToLowerInvariant() is var extension && !Meaningless.Contains(extension)
            ? extension
            : null;
    }

    /// <summary>Returns the first extension among <paramref name="names"/>; null if none has one.</summary>
    public static string? First(IEnumerable<string> names) => names.Select(FromName).FirstOrDefault(extension => extension is not null);

    // The extension needs a letter, because "v1.2" is a version. Hardly any is longer than "safetensors".
    [GeneratedRegex(@"[^.]\.((?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,12})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Extension();
}
