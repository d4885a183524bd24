using System.Text.RegularExpressions;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Reader of the sentences in the repository's Markdown files and comments.</summary>
internal static partial class Prose
{
    private static readonly string[] Folders = ["functions", "infra", "tests", ".github"];

    /// <summary>Returns the paths of the Markdown files and of the files with comments, except generated and installed ones.</summary>
    public static IEnumerable<string> Files() => Folders.Select(folder => Repository.File(folder)).SelectMany(FilesBelow)
        .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
        .Where(file => Path.GetExtension(file) is ".cs" or ".md" or ".bicep")
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'));

    /// <summary>Returns the sentences of a file, each with the number of its first line, from 1.</summary>
    /// <param name="file">The file's name. A Markdown file is read completely, and of any other file the comments.</param>
    /// <param name="lines">The file's lines.</param>
    public static IEnumerable<(int Line, string Sentence)> Sentences(string file, IEnumerable<string> lines)
    {
        foreach (var (line, text) in Path.GetExtension(file) == ".md" ? Paragraphs(lines) : Comments(lines))
        {
            var number = line;
            foreach (var sentence in SentenceEnd().Split(Tag().Replace(Link().Replace(text, "$1"), "")))
            {
                number += sentence.TakeWhile(char.IsWhiteSpace).Count(c => c == '\n');
                yield return (number, Space().Replace(sentence.Trim(), " "));
                number += sentence.Trim().Count(c => c == '\n');
            }
        }
    }

    /// <summary>Returns the number of words in a sentence. A code span counts as one.</summary>
    public static int Words(string sentence) =>
        sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Count(word => word.Any(c => char.IsLetterOrDigit(c) || c == '`'));

    private static IEnumerable<string> FilesBelow(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateDirectories(folder).Where(below => !Generated().IsMatch(Path.GetFileName(below))).SelectMany(FilesBelow));

    /// <summary>Returns paragraphs, items of lists and cells of tables, without headings and blocks of code.</summary>
    private static IEnumerable<(int Line, string Text)> Paragraphs(IEnumerable<string> lines)
    {
        var isCode = false;
        return Blocks(lines.Select(line =>
        {
            var text = line.Trim();
            var isFence = text.StartsWith("```", StringComparison.Ordinal);
            isCode ^= isFence;
            return isCode || isFence || text.StartsWith('#') ? "" : text;
        }));
    }

    /// <summary>Returns comments. Consecutive lines are one comment, except that each XML block is separate.</summary>
    private static IEnumerable<(int Line, string Text)> Comments(IEnumerable<string> lines)
    {
        var wasOwn = false;
        return Blocks(lines.SelectMany<string, string?>(line =>
        {
            var comment = Comment().Match(line);
            var isOwn = comment.Success && string.IsNullOrWhiteSpace(line[..comment.Index]);
            var isNext = isOwn && wasOwn;
            wasOwn = isOwn;
            return isNext || !comment.Success ? [comment.Groups[1].Value] : [null, comment.Groups[1].Value];
        }));
    }

    /// <summary>Joins the lines of each block. An empty line or a new item ends a block, and so does null, which does not count as a line.</summary>
    private static IEnumerable<(int Line, string Text)> Blocks(IEnumerable<string?> lines)
    {
        var (number, start) = (0, 0);
        List<string> block = [];
        foreach (var line in lines.Append(null))
        {
            var isItem = line is not null && Item().IsMatch(line);
            if (block.Count > 0 && (isItem || line is null or "" || line.StartsWith('|') || block[0].StartsWith('|')))
            {
                foreach (var part in Parts(start, string.Join('\n', block)))
                {
                    yield return part;
                }

                block.Clear();
            }

            number += line is null ? 0 : 1;
            start = block.Count == 0 ? number : start;
            if (!string.IsNullOrEmpty(line))
            {
                block.Add(isItem ? Item().Replace(line, "") : line);
            }
        }
    }

    private static IEnumerable<(int Line, string Text)> Parts(int start, string block)
    {
        var code = CodeSpan().Replace(Reference().Replace(block, "`$1$2`"), span => Space().Replace(span.Value, "·").Replace('|', '¦'));
        foreach (var part in code.StartsWith('|') ? Cell().Split(code) : XmlBlock().Split(code))
        {
            yield return (start, part);
            start += part.Count(c => c == '\n');
        }
    }

    // A full stop may be followed by marks that close emphasis, brackets or quotations.
    [GeneratedRegex("""(?=\s)(?<=[.!?][*_)\]"'”’»]*)""")]
    private static partial Regex SentenceEnd();

    // The slashes in an address do not begin a comment.
    [GeneratedRegex(@"(?<=^|\s)//+(?:\s(.*)|)$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*(?:[-*+]|\d+\.)\s+")]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();

    [GeneratedRegex("`[^`]+`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("""<(?:see|seealso|paramref|typeparamref|inheritdoc)\s[^>]*?"([^">]*)"[^>]*/>|<c>([^<]*)</c>""")]
    private static partial Regex Reference();

    [GeneratedRegex(@"<code>[^<]*</code>|</?(?:summary|remarks|para|param|typeparam|returns|exception|value|list|listheader|item|term|description|example)\b[^>]*>")]
    private static partial Regex XmlBlock();

    [GeneratedRegex(@"!?\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"<!--.*?-->|</?[A-Za-z][^>]*>", RegexOptions.Singleline)]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s")]
    private static partial Regex Space();

    [GeneratedRegex(@"^(bin|obj|node_modules|TestResults|StrykerOutput|BenchmarkDotNet\.Artifacts)$")]
    private static partial Regex Generated();
}
