using System.Text.RegularExpressions;
using LocalHost.Generation;
using LocalHost.Hosting;
using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Tests that the generated regions about providers equal the providers' cards, and that no other place lists providers.</summary>
public sealed partial class ProviderRegionsTests
{
    // Folders and files that may contain a provider's name only in a generated region. Tests and prose may name providers.
    private static readonly string[] Places = ["functions", "infra", ".github/workflows", "tests/LocalHost", "azure.yaml", "local.settings.sample.json", "host.json"];

    public static TheoryData<string> Files => [.. ProviderRegions.All.Select(region => region.File).Distinct()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_region_equals_the_cards(string file)
    {
        var cards = ProviderCards.Read();
        var text = Text(file);
        foreach (var region in ProviderRegions.All.Where(region => region.File == file))
        {
            Assert.True(
                region.Apply(text, cards) == text,
                $"{file}, after '{region.After}', differs from the providers' cards. Run: dotnet run --project tests/LocalHost -- generate");
        }
    }

    [Fact]
    public void A_missing_region_is_reported_and_a_changed_one_is_found()
    {
        var region = ProviderRegions.All.First(region => region.File == "azure.yaml");
        var text = Text("azure.yaml");

        Assert.Throws<LocalHostException>(() => region.Apply("nothing", ProviderCards.Read()));
        Assert.NotEqual(text, region.Apply(text, [.. ProviderCards.Read().Skip(1)]));
        Assert.NotEqual(text, region.Without(text));
    }

    [Fact]
    public void A_providers_name_is_only_in_its_folder_its_registration_its_samples_and_generated_regions()
    {
        var cards = ProviderCards.Read();
        var folders = Directory.EnumerateDirectories(Repository.File("functions", "Providers")).Select(Path.GetFileName).OfType<string>().ToList();
        var found = (
            from file in SourceFiles()
            where file != "functions/Providers/ProviderRegistration.cs" && !file.StartsWith("tests/LocalHost/Samples/", StringComparison.Ordinal)
            let text = Outside(file)
            from card in cards
            let own = folders.Single(folder => folder.Equals(card.Name, StringComparison.OrdinalIgnoreCase))
            where !file.StartsWith($"functions/Providers/{own}/", StringComparison.Ordinal)
            from Match match in Regex.Matches(
                text, $@"""{card.Name}(/\w+)?""|'{card.Name}(/\w+)?'|\b{card.Name.ToUpperInvariant()}_[A-Z]+|\bProviders\.{own}\b|\b{card.Name}(Webhook|Api|Public)[A-Z]\w*")
            select $"{file}: {match.Value}").ToList();

        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    private static IEnumerable<string> SourceFiles() => Places
        .SelectMany(place => Repository.File(place.Split('/')) is var path && Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            : [path])
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
        .Where(file => Path.GetExtension(file) is ".cs" or ".bicep" or ".json" or ".yml" or ".yaml" or ".js" or ".html" or ".kql" && !BuildOutput().IsMatch(file));

    // Comments may name providers, as prose may.
    private static string Outside(string file) => string.Join(
        '\n',
        ProviderRegions.All.Where(region => region.File == file).Aggregate(Text(file), (text, region) => region.Without(text))
            .Split('\n').Where(line => line.TrimStart() is not (['/', '/', ..] or ['#', ..])));

    private static string Text(string file) => File.ReadAllText(Repository.File(file.Split('/'))).ReplaceLineEndings("\n");

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|artifacts)/", RegexOptions.CultureInvariant)]
    private static partial Regex BuildOutput();
}
