using System.Text.RegularExpressions;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Tests that functions/README.md describes the layers and steps of the code.</summary>
public sealed partial class AppPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.File("functions", "README.md"));

    [Fact]
    public void The_table_of_layers_equals_the_order_in_the_layer_test()
    {
        var rows = Height().Matches(Page).ToDictionary(
            match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture),
            match => Folder().Matches(match.Groups[2].Value).Select(folder => folder.Groups[1].Value).Where(folder => folder != "Program.cs"));

        Assert.Equal(Layers.Heights.Count, rows.Count);
        Assert.All(Layers.Heights.Index(), height => Assert.Equal(height.Item.Order(), rows[height.Index].Order()));
    }

    [Fact]
    public void Each_numbered_step_is_marked_in_the_code_and_the_code_has_no_other_numbers()
    {
        var made = Directory.EnumerateFiles(Repository.File("functions"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => File.ReadLines(file))
            .Where(line => StepComment().IsMatch(line))
            .SelectMany(line => Step().Matches(line))
            .Select(match => match.Value)
            .ToHashSet();

        Assert.Equal(StepRow().Matches(Page).Select(match => match.Groups[1].Value).Order(), made.Order());
    }

    [GeneratedRegex(@"^\| (\d) \| ([^|]+)\|", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Height();

    [GeneratedRegex(@"`([\w.]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Folder();

    [GeneratedRegex(@"^\| \*\*([WED]\d+)\*\* \|", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex StepRow();

    [GeneratedRegex(@"^\s*// [WED]\d", RegexOptions.CultureInvariant)]
    private static partial Regex StepComment();

    [GeneratedRegex(@"\b[WED]\d+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Step();
}
