using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Benchmarks.Reporting;

/// <summary>Results of a suite.</summary>
/// <param name="Suite">The suite's name.</param>
/// <param name="Effort">The length of the run.</param>
/// <param name="Rows">The table of all measurements.</param>
/// <param name="Ratios">The key figures, with their goals.</param>
/// <param name="Notes">Conditions that a reader of the figures must know.</param>
public sealed record SuiteReport(string Suite, Effort Effort, IReadOnlyList<Row> Rows, IReadOnlyList<Goal> Ratios, IReadOnlyList<string> Notes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Prints the tables and notes.</summary>
    public void Print(IAnsiConsole console)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            // A file or a pipe has no width, and wrapped rows would be hard to read.
            console.Profile.Width = 200;
        }

        console.MarkupLineInterpolated($"[bold]{Suite}[/] on {Machine.Read().ToString()}");
        console.Write(Table(Rows));
        console.Write(Table([.. Ratios.Select(ToRow)]));
        foreach (var note in Notes)
        {
            console.WriteLine(note);
        }
    }

    /// <summary>Writes <c>{directory}/{suite}.json</c>.</summary>
    /// <returns>The file's path.</returns>
    public string Write(string directory, DateTimeOffset measuredAt)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"{Suite}.json");
        File.WriteAllText(path, ToJson(measuredAt).ToJsonString(Json));
        return path;
    }

    private JsonObject ToJson(DateTimeOffset measuredAt) => new()
    {
        ["suite"] = Suite,
        ["effort"] = Effort.ToString(),
        ["measuredAt"] = measuredAt.ToString("O"),
        ["machine"] = JsonSerializer.SerializeToNode(Machine.Read(), Json),
        ["rows"] = new JsonArray([.. Rows.Select(row => new JsonObject(row.Select(field => KeyValuePair.Create(field.Name, field.Json?.DeepClone()))))]),
        ["ratios"] = Figures(ratio => double.IsFinite(ratio.Value.Median) ? Math.Round(ratio.Value.Median, 4) : null),
        ["ratioSpread"] = Figures(ratio => Row.Json(ratio.Value)),
        ["goals"] = Figures(ratio => ratio.IsMet is { } met ? new JsonObject { ["aim"] = ratio.Aim, ["met"] = met } : null),
        ["notes"] = new JsonArray([.. Notes.Select(note => JsonValue.Create(note))]),
    };

    private JsonObject Figures(Func<Goal, JsonNode?> figure) => new(Ratios.Select(ratio => KeyValuePair.Create(ratio.Name, figure(ratio))));

    private static Row ToRow(Goal ratio)
    {
        var row = new Row { { "ratio", ratio.Name }, { "measured", ratio.Value, "N2" } };
        row.Add("goal", ratio.Aim);
        row.Add("", ratio.IsMet switch { true => "met", false => "missed", null => "" });
        return row;
    }

    private static Table Table(IReadOnlyList<Row> rows)
    {
        var table = new Table().Border(TableBorder.MinimalHeavyHead);
        List<string> names = [.. rows.SelectMany(row => row).Select(field => field.Name).Distinct()];
        foreach (var name in names)
        {
            var isText = rows.SelectMany(row => row).First(field => field.Name == name).Json?.GetValueKind() == JsonValueKind.String;
            table.AddColumn(new TableColumn(Markup.Escape(name)) { Alignment = isText ? Justify.Left : Justify.Right, NoWrap = true });
        }

        foreach (var row in rows)
        {
            var texts = row.ToDictionary(field => field.Name, field => field.Text);
            table.AddRow([.. names.Select(name => new Text(texts.GetValueOrDefault(name, "")))]);
        }

        return table;
    }
}
