using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Dashboard;

/// <summary>
/// Tests that the dashboard explains each failure reason with the text of functions/Operations/README.md. The texts are renewed by
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~ReasonsTests -e RENEW_SNAPSHOTS=true</c>.
/// </summary>
public sealed partial class ReasonsTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    [Fact]
    public async Task The_dashboard_explains_each_reason_with_the_text_of_the_operators_README()
    {
        var rows = (await File.ReadAllLinesAsync(Repository.File("functions", "Operations", "README.md"), TestContext.Current.CancellationToken))
            .SkipWhile(line => !line.StartsWith("| reason |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|'));
        var expected = new JsonObject(rows.SelectMany(cells => Word().Matches(cells[0]).Select(reason => KeyValuePair.Create(
            reason.Groups[1].Value, (JsonNode?)new JsonObject { ["cause"] = TextOf(cells[1]), ["action"] = TextOf(cells[2]) }))));
        var text = expected.ToJsonString(Readable) + "\n";
        var path = Repository.File("functions", "Dashboard", "Page", "reasons.json");
        if (Environment.GetEnvironmentVariable("RENEW_SNAPSHOTS") == "true")
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        }

        Assert.Equal(Enum.GetNames<DeadLetterReason>().Order(), expected.Select(reason => reason.Key).Order());
        Assert.Equal(text, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    // The dashboard shows plain text, so links and code marks are removed.
    private static string TextOf(string cell) => Link().Replace(cell.Trim(), "$1").Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex("`([A-Za-z]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
