using System.Text.RegularExpressions;
using WebhookFunctions.Providers;

namespace LocalHost.Generation;

/// <summary>
/// Regions outside the providers' folders that list their settings, addresses or names: in the deployment, the sample settings, the workflow and the
/// tables of the READMEs. <c>generate</c> writes them, and a test fails if they differ from the cards.
/// </summary>
internal static partial class ProviderRegions
{
    private const int MaxBicepLine = 120;

    private const string CommentStart = "// <providers>";
    private const string CommentEnd = "// </providers>";
    private const string YamlEnd = "# </providers>";
    private const string MarkdownEnd = "<!-- /providers -->";

    /// <summary>Gets all regions.</summary>
    public static IReadOnlyList<GeneratedRegion> All { get; } =
    [
        new("README.md", "<!-- providers: services -->", MarkdownEnd, Services),
        new("functions/Settings/README.md", "<!-- providers: settings -->", MarkdownEnd, SettingsTable),
        new("functions/Providers/README.md", "<!-- providers: routes -->", MarkdownEnd, RoutesTable),
        new("infra/README.md", "<!-- providers: variables -->", MarkdownEnd, cards => [string.Join(", ", Deployed(cards).Select(setting => $"`{setting.Name}`")) + "."]),
        new("infra/main.bicep", "// <providers: parameters>", CommentEnd, Parameters),
        new("infra/main.bicep", "// <providers: secrets>", CommentEnd, cards => Secrets(cards).Select(setting => $"{setting.Name}: {Camel(setting.Name)}")),
        new("infra/main.bicep", "// <providers: plain settings>", CommentEnd, cards => Plain(cards).Select(PlainArgument)),
        new("infra/modules/function-app.bicep", CommentStart, CommentEnd, AppSettings),
        new("infra/modules/shared.bicep", CommentStart, CommentEnd, cards => Secrets(cards).Select(setting => $"{setting.Name}: '{Kebab(setting.Name)}'")),
        new(
            "infra/main.parameters.json",
            "\"deployerAccess\": { \"value\": \"${DEPLOYER_ACCESS}\" },",
            "\"maxBodyBytes\"",
            cards => Deployed(cards).Select(setting => $$"""
                "{{Camel(setting.Name)}}": { "value": "${{{setting.Name}}}" },
                """.Trim())),
        new(
            "local.settings.sample.json",
            "\"Notify__Queue\": \"false\",",
            "}",
            cards => Deployed(cards).Where(setting => setting.IsInSample).Select(setting => $"\"{setting.Name}\": \"{(setting.IsFlag ? "false" : "")}\""))
        {
            IsJsonEnd = true,
        },
        new("azure.yaml", "# <providers: variables>", YamlEnd, cards => Plain(cards).Select(setting => $"- {setting.Name}")),
        new("azure.yaml", "# <providers: secrets>", YamlEnd, cards => Secrets(cards).Select(setting => $"- {setting.Name}")),
        new(
            ".github/workflows/azure-dev.yml",
            "# <providers>",
            YamlEnd,
            cards => Deployed(cards).Select(setting => $"{setting.Name}: ${{{{ {(setting.IsSecret ? "secrets" : "vars")}.{setting.Name} }}}}")),
        new("infra/hooks/after-provision.cs", "// <providers: addresses>", CommentEnd, cards => cards.SelectMany(Addresses)),
        new(
            "infra/hooks/after-provision.cs",
            "// <providers: settings>",
            CommentEnd,
            cards => cards.Select(card => string.Join(", ", Deployed([card]).Select(setting => $"\"{setting.Name}\"")) + ",")),
        new(
            "tests/WebhookFunctions.Tests/Infra/everything.bicepparam",
            CommentStart,
            CommentEnd,
            cards => Deployed(cards).Select(setting => $"param {Camel(setting.Name)} = {(setting.IsFlag ? "true" : $"'{(setting.IsSecret ? "plain-text-of" : "value-of")}-{Kebab(setting.Name)}'")}")),
    ];

    /// <summary>Returns the settings that a deployment sets.</summary>
    public static IEnumerable<ProviderSetting> Deployed(IReadOnlyList<ProviderCard> cards) =>
        cards.SelectMany(card => card.Settings).Where(setting => setting.IsDeployed);

    private static IEnumerable<ProviderSetting> Secrets(IReadOnlyList<ProviderCard> cards) => Deployed(cards).Where(setting => setting.IsSecret);

    private static IEnumerable<ProviderSetting> Plain(IReadOnlyList<ProviderCard> cards) => Deployed(cards).Where(setting => !setting.IsSecret);

    private static IEnumerable<string> Services(IReadOnlyList<ProviderCard> cards) =>
        ["| service | results | signature |", "|---|---|---|", .. cards.Select(card => $"| [{card.Title}]({card.Site}) | {card.Makes} | {card.Signature} |")];

    private static IEnumerable<string> SettingsTable(IReadOnlyList<ProviderCard> cards)
    {
        var origins = cards.SelectMany(card => card.Settings).Where(setting => setting.IsOrigin).ToList();
        return
        [
            "| setting | meaning |",
            "|---|---|",
            .. cards.SelectMany(card => card.Settings).Except(origins).Select(setting => $"| `{setting.Name}` | {setting.Text} |"),
            $"| {string.Join(", ", origins.Select(setting => $"`{setting.Name}`"))} | origins of the APIs, without a path; the defaults are the providers' own |",
        ];
    }

    private static IEnumerable<string> RoutesTable(IReadOnlyList<ProviderCard> cards) =>
    [
        "| provider | route below `api/webhooks` | on by setting |",
        "| --- | --- | --- |",
        .. cards.SelectMany(card => card.Routes.Select(route =>
            $"| {route.Title} | `{Path(card, route)}` | {string.Join(" or ", route.EnabledBy.Select(setting => $"`{setting}`"))} |")),
    ];

    private static IEnumerable<string> Parameters(IReadOnlyList<ProviderCard> cards)
    {
        var isFirst = true;
        foreach (var setting in Deployed(cards))
        {
            if (!isFirst)
            {
                yield return "";
            }

            isFirst = false;
            if (setting.IsSecret)
            {
                yield return "@secure()";
            }

            yield return $"@description('{setting.Name}: {BicepText(setting.Text)}.')";
            yield return $"param {Camel(setting.Name)} {(setting.IsFlag ? "bool = false" : "string = ''")}";
        }
    }

    private static string PlainArgument(ProviderSetting setting) =>
        $"{setting.Name}: {(setting.IsFlag ? $"string({Camel(setting.Name)})" : Camel(setting.Name))}";

    private static IEnumerable<string> AppSettings(IReadOnlyList<ProviderCard> cards)
    {
        foreach (var setting in Plain(cards))
        {
            yield return $"{{ name: '{setting.Name}', value: providerSettings.{setting.Name} }}";
        }

        foreach (var setting in Secrets(cards))
        {
            var value = $"empty(secrets.{setting.Name}) ? '' : '${{inVault}}${{secretNames.{setting.Name}}})'";
            var line = $"{{ name: '{setting.Name}', value: {value} }}";
            string[] lines = line.Length + 8 <= MaxBicepLine ? [line] : ["{", $"  name: '{setting.Name}'", $"  value: {value}", "}"];
            foreach (var each in lines)
            {
                yield return each;
            }
        }
    }

    private static IEnumerable<string> Addresses(ProviderCard card) => card.Routes.Select(route =>
        $"(\"{route.Title}\", \"{Path(card, route)}\", [{string.Join(", ", route.EnabledBy.Select(setting => $"\"{setting}\""))}], "
        + $"{Text(route.ProvenBy, 0)}, {Text(route.ProvenBy, 1)}),");

    private static string Text(IReadOnlyList<string> texts, int index) => index < texts.Count ? $"\"{texts[index]}\"" : "null";

    private static string Path(ProviderCard card, ProviderRoute route) => route.Mode is null ? card.Name : $"{card.Name}/{route.Mode}";

    private static string Camel(string setting)
    {
        var words = setting.ToLowerInvariant().Split('_');
        return string.Concat(words.Take(1).Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..])));
    }

    // Key Vault allows no underscore in the name of a secret.
    private static string Kebab(string setting) => setting.ToLowerInvariant().Replace('_', '-');

    private static string BicepText(string markdown) =>
        Link().Replace(markdown, "$1").Replace("`", "", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
