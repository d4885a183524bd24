using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace WebhookFunctions.Downloading.Content;

/// <summary>Kind of text, determined by its beginning.</summary>
internal enum TextShape
{
    /// <summary>Not a text.</summary>
    None,
    Html,
    Json,
    Xml,
    Svg,

    /// <summary>Any other text.</summary>
    Plain,
}

/// <summary>Detector of <see cref="TextShape"/>.</summary>
internal static class TextShapes
{
    private static readonly SearchValues<char> NotInText =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Select(code => (char)code).Except("\t\r\n\f\u001b"), '\u007f']);

    /// <summary>Returns the kind that the bytes show. Media contain bytes that no text contains, within the first few.</summary>
    public static TextShape Detect(ReadOnlySpan<byte> start)
    {
        if (!IsText(start, out var text))
        {
            return TextShape.None;
        }

        text = text.TrimStart('\ufeff').TrimStart();
        if (text.StartsWith('{') || text.StartsWith('['))
        {
            return TextShape.Json;
        }

        if (!text.StartsWith('<'))
        {
            return TextShape.Plain;
        }

        return text.Contains("<html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.Contains("<head", StringComparison.OrdinalIgnoreCase)
            || text.Contains("<body", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<script", StringComparison.OrdinalIgnoreCase) ? TextShape.Html
            : text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? TextShape.Svg
            : TextShape.Xml;
    }

    /// <summary>Returns the kind that a declared media type implies, for bytes that identify nothing.</summary>
    public static TextShape Declared(string? mediaType) => mediaType switch
    {
        "text/html" or "application/xhtml+xml" => TextShape.Html,
        "image/svg+xml" => TextShape.Svg,
        "application/json" or "application/x-ndjson" or "application/jsonl" => TextShape.Json,
        "application/xml" => TextShape.Xml,
        not null when mediaType.StartsWith("text/", StringComparison.Ordinal) => TextShape.Plain,
        not null when mediaType.EndsWith("+json", StringComparison.Ordinal) => TextShape.Json,
        not null when mediaType.EndsWith("+xml", StringComparison.Ordinal) => TextShape.Xml,
        _ => TextShape.None,
    };

    // UTF-16 has a byte order mark; everything else is read as UTF-8, whose last character may be cut off. In any other encoding markup begins as in
    // ASCII. Other bytes beyond ASCII may as well be audio.
    private static bool IsText(ReadOnlySpan<byte> start, out string text)
    {
        text = "";
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            text = (start[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(start[2..]);
        }
        else
        {
            for (var cut = 0; cut < 4 && text.Length == 0 && cut < start.Length; cut++)
            {
                text = Utf8.IsValid(start[..^cut]) ? Encoding.UTF8.GetString(start[..^cut]) : "";
            }

            if (text.Length == 0 && start.TrimStart(" \t\r\n"u8) is [(byte)'<' or (byte)'{' or (byte)'[', ..])
            {
                text = Encoding.Latin1.GetString(start);
            }
        }

        return text.Length > 0 && text.AsSpan().IndexOfAny(NotInText) < 0;
    }
}
