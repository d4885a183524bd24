using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests of <c>main.parameters.json</c>, which maps the values of an azd environment to parameters.</summary>
[Collection(nameof(Templates))]
public sealed partial class ParametersTests(Templates templates)
{
    private static readonly JsonObject File =
        JsonNode.Parse(System.IO.File.ReadAllText(Repository.File("infra", "main.parameters.json")))!["parameters"]!.AsObject();

    /// <summary>Gets the variables of the azd environment that are mapped to parameters.</summary>
    internal static IReadOnlyList<string> Variables { get; } = [.. File.Select(parameter => Variable().Match((string)parameter.Value!["value"]!).Groups[1].Value)];

    /// <summary>Gets the names among <see cref="Variables"/> whose parameter is secure.</summary>
    internal static IReadOnlySet<string> SecureVariables(Deployment deployment) => File
        .Where(parameter => ((string)deployment.Template["parameters"]![parameter.Key]!["type"]!).StartsWith("secure", StringComparison.Ordinal))
        .Select(parameter => Variable().Match((string)parameter.Value!["value"]!).Groups[1].Value)
        .ToHashSet();

    [Fact]
    public void Every_parameter_can_be_set_from_the_environment()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal(templates.Minimal.Template["parameters"]!.AsObject().Select(parameter => parameter.Key).Order(), File.Select(parameter => parameter.Key).Order());
    }

    [Fact]
    public void Every_value_is_a_different_variable_without_a_second_default()
    {
        Assert.All(File, parameter => Assert.Matches(Variable(), (string)parameter.Value!["value"]!));
        Assert.Distinct(File.Select(parameter => (string)parameter.Value!["value"]!));
    }

    [Fact]
    public void A_providers_setting_has_the_same_name_in_azd()
    {
        BicepCli.SkipUnlessAvailable();
        var settings = templates.Minimal.Settings.Select(setting => setting.Key).Where(name => ProviderSetting().IsMatch(name));

        Assert.All(settings, setting => Assert.Contains(File, parameter => (string)parameter.Value!["value"]! == $"${{{setting}}}"));
    }

    [Fact]
    public void Only_the_environment_and_the_region_are_required()
    {
        BicepCli.SkipUnlessAvailable();
        var required = templates.Minimal.Template["parameters"]!.AsObject().Where(parameter => parameter.Value!["defaultValue"] is null).Select(parameter => parameter.Key);

        Assert.Equal(["environmentName", "location"], required.Order());
    }

    [Fact]
    public void Every_variable_is_in_the_documentation()
    {
        var documentation = System.IO.File.ReadAllText(Repository.File("infra", "README.md"));

        Assert.All(
            Variables.Where(name => !name.StartsWith("AZURE_", StringComparison.Ordinal)),
            name => Assert.Contains($"`{name}`", documentation, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^\$\{([A-Z0-9_]+)\}$")]
    private static partial Regex Variable();

    [GeneratedRegex("^[A-Z]+_[A-Z_]+$(?<!^(?:APPLICATIONINSIGHTS|FUNCTIONS)_.*)")]
    private static partial Regex ProviderSetting();
}
