using System.Text.RegularExpressions;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Place in the app's sources that violates a rule of their layout.</summary>
internal sealed record Violation(string File, int Line, string Rule, string Text)
{
    public override string ToString() => $"{File}:{Line}: {Rule}: {Text.Trim()}";
}

/// <summary>
/// Rules of the layout of <c>functions/</c>, which check the source text. Namespaces equal folders, so a <c>using</c> is a dependency. The text also
/// shows constants, <c>nameof</c> and <c>cref</c>, which compiled code does not contain.
/// </summary>
internal static partial class Layers
{
    public const string Root = "WebhookFunctions";

    /// <summary>The layers from bottom to top. A folder may import itself and lower layers, but not other folders of its layer.</summary>
    public static readonly IReadOnlyList<IReadOnlyList<string>> Heights =
    [
        ["Model"],
        ["Json", "Settings", "Telemetry"],
        ["Outbound", "Messaging", "Storage"],
        ["Verification"],
        ["Providers"],
        ["Receiving", "Recording", "Notifications"],
        ["Downloading"],
        ["Operations", "Dashboard"],
        ["Triggers"],
        ["Hosting"],
    ];

    // Names that a layer may not use, with the files or folders that may.
    private static readonly (string Name, string Forbidden, string[] Allowed)[] Imports =
    [
        ("worker", "Microsoft.Azure.Functions.Worker", ["Triggers/", "Program.cs"]),
        ("azure", "Azure.", ["Messaging/", "Storage/", "Receiving/", "Recording/", "Notifications/", "Downloading/", "Operations/", "Triggers/", "Hosting/", "Telemetry/LoggedException.cs"]),
        ("asp-net", "Microsoft.AspNetCore.", ["Verification/WebhookRequest.cs", "Receiving/", "Operations/", "Dashboard/", "Triggers/"]),
    ];

    // HTTP functions that need no operator's key. They have their own limits and exception handling.
    private static readonly string[] WithoutOperator = ["ReceiveWebhook", "Health", "OpenApi", "ShowDashboard"];

    /// <summary>Returns every violation in <paramref name="sources"/>, whose keys are paths below <c>functions/</c>.</summary>
    public static IReadOnlyList<Violation> Check(IReadOnlyDictionary<string, string> sources)
    {
        var found = new List<Violation>();
        foreach (var folder in sources.Keys.Where(path => path.Contains('/', StringComparison.Ordinal)).Select(FolderOf).Distinct().Where(f => HeightOf(f) < 0))
        {
            found.Add(new Violation(folder + "/", 1, "folder", "has no height: add the folder to Layers.Heights"));
        }

        foreach (var (path, text) in sources)
        {
            found.AddRange(CheckFile(path, text));
        }

        return found;
    }

    private static IEnumerable<Violation> CheckFile(string path, string text)
    {
        var lines = text.Split('\n');
        var height = path.Contains('/', StringComparison.Ordinal) ? HeightOf(FolderOf(path)) : Heights.Count;
        for (var i = 0; i < lines.Length; i++)
        {
            // Comments may mention any name, but a cref is a dependency.
            var line = lines[i].TrimStart().StartsWith("//", StringComparison.Ordinal)
                ? string.Join(' ', Cref().Matches(lines[i]).Select(match => match.Groups[1].Value))
                : lines[i];
            foreach (var folder in FoldersNamed(line))
            {
                if (folder != FolderOf(path) && HeightOf(folder) >= height)
                {
                    yield return new Violation(path, i + 1, "height", lines[i]);
                }
            }

            foreach (var (rule, forbidden, allowed) in Imports)
            {
                if (Using().Match(line) is { Success: true } import
                    && import.Groups[1].Value.StartsWith(forbidden, StringComparison.Ordinal)
                    && !Array.Exists(allowed, place => path.StartsWith(place, StringComparison.Ordinal)))
                {
                    yield return new Violation(path, i + 1, rule, lines[i]);
                }
            }

            if (line.Contains("SocketsHttpHandler", StringComparison.Ordinal) && FolderOf(path) != "Outbound")
            {
                yield return new Violation(path, i + 1, "handler", lines[i]);
            }

            if (ExceptionInLog().IsMatch(line))
            {
                yield return new Violation(path, i + 1, "log", lines[i]);
            }

            if (Namespace().Match(line) is { Success: true } declared && declared.Groups[1].Value != NamespaceOf(path))
            {
                yield return new Violation(path, i + 1, "namespace", lines[i]);
            }
        }

        var functions = HttpTrigger().Count(text);
        if (functions == 0 || WithoutOperator.Contains(Path.GetFileNameWithoutExtension(path)))
        {
            yield break;
        }

        if (OperatorAnswer().Count(text) != functions)
        {
            yield return new Violation(path, 1, "operator", "each HTTP function of operators is one call of OperatorRequests, which catches and bounds");
        }

        if (text.Contains("AuthorizationLevel.Anonymous", StringComparison.Ordinal))
        {
            yield return new Violation(path, 1, "operator", "an HTTP function of operators asks for a key");
        }
    }

    private static IEnumerable<string> FoldersNamed(string line)
    {
        if (Using().Match(line) is { Success: true } import)
        {
            return import.Groups[1].Value.StartsWith(Root + ".", StringComparison.Ordinal) ? [import.Groups[1].Value.Split('.')[1]] : [];
        }

        return Qualified().Matches(line)
            .Select(match => match.Groups[1].Value)
            .Where(folder => HeightOf(folder) >= 0);
    }

    private static string FolderOf(string path) => path.Split('/')[0];

    private static string NamespaceOf(string path) => path.Contains('/', StringComparison.Ordinal)
        ? $"{Root}.{path[..path.LastIndexOf('/')].Replace('/', '.')}"
        : Root;

    private static int HeightOf(string folder)
    {
        for (var i = 0; i < Heights.Count; i++)
        {
            if (Heights[i].Contains(folder))
            {
                return i;
            }
        }

        return -1;
    }

    [GeneratedRegex(@"\A\s*using\s+(?:static\s+)?(?:\w+\s*=\s*)?([\w.]+)\s*;", RegexOptions.CultureInvariant)]
    private static partial Regex Using();

    // A folder's name before that of a type, such as "Receiving.EventJson", is a dependency without a using. After a dot the name is a member.
    [GeneratedRegex(@"(?<![\w.])(?:WebhookFunctions\.)?([A-Z]\w+)(?:\.[A-Z]\w*)*\.[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex Qualified();

    // The end of a partial method's declaration. A log method must have a LoggedException, because an exception's message may quote content.
    [GeneratedRegex(@"(?<!\w)(?!LoggedException\b)\w*Exception\?? \w+\);\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ExceptionInLog();

    [GeneratedRegex(@"\[HttpTrigger\(", RegexOptions.CultureInvariant)]
    private static partial Regex HttpTrigger();

    // The complete body of a function, because exceptions of code before the call would not be handled.
    [GeneratedRegex(@"\)\s*=>\s*requests\.AnswerAsync[<(]", RegexOptions.CultureInvariant)]
    private static partial Regex OperatorAnswer();

    [GeneratedRegex(@"\A\s*namespace\s+([\w.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Namespace();

    [GeneratedRegex("cref=\"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Cref();
}
