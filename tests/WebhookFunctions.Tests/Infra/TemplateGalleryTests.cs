using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Triggers;
using YamlDotNet.RepresentationModel;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Tests of the requirements of the galleries of azd templates, https://github.com/Azure-Samples/azd-template-artifacts and
/// https://github.com/microsoft/template-validation-action, and of files that only editors and bots read.
/// </summary>
public sealed partial class TemplateGalleryTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("LICENSE")]
    [InlineData("azure.yaml")]
    [InlineData("infra/main.bicep")]
    [InlineData(".devcontainer/devcontainer.json")]
    [InlineData(".github/workflows/azure-dev.yml")]
    [InlineData(".github/SECURITY.md")]
    [InlineData(".github/CONTRIBUTING.md")]
    [InlineData(".github/CODE_OF_CONDUCT.md")]
    [InlineData(".github/PULL_REQUEST_TEMPLATE.md")]
    [InlineData(".github/ISSUE_TEMPLATE/bug.yml")]
    [InlineData(".github/images/architecture.png")]
    public void A_template_has(string file) => Assert.True(new FileInfo(Repository.File(file.Split('/'))).Length > 0);

    [Theory]
    [InlineData("Features")]
    [InlineData("Getting Started")]
    [InlineData("Guidance")]
    [InlineData("Resources")]
    public void The_README_has_a_section(string heading) =>
        Assert.Contains($"\n## {heading}\n", File.ReadAllText(Repository.File("README.md")), StringComparison.Ordinal);

    [Fact]
    public void Every_route_has_a_request_in_requests_http()
    {
        var requests = Request().Matches(File.ReadAllText(Repository.File("tests", "requests.http")))
            .Select(match => (Method: match.Groups[1].Value.ToLowerInvariant(), Path: match.Groups[2].Value))
            .ToList();
        var triggers = typeof(ReceiveWebhook).Assembly.GetTypes().SelectMany(type => type.GetMethods()).SelectMany(method => method.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>()
            .ToList();

        Assert.NotEmpty(triggers);
        Assert.All(triggers, trigger =>
        {
            var method = trigger.Methods is [var only] ? only : "post";
            Assert.Contains(requests, request => request.Method == method && Matches(trigger.Route!, request.Path));
        });
        Assert.All(requests, request => Assert.Contains(triggers, trigger => Matches(trigger.Route!, request.Path)));
    }

    [Fact]
    public void The_dependency_bot_checks_every_folder_with_packages()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Repository.File(".github", "dependabot.yml"))));
        var npm = ((YamlSequenceNode)stream.Documents[0].RootNode["updates"]).Single(update => update["package-ecosystem"].ToString() == "npm");
        var actual = Directory.EnumerateFiles(Repository.File("tests"), "package.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(folder => !folder.Split('/').Any(part => part is "node_modules" or "bin" or "obj"))
            .Select(folder => $"/{folder}");

        Assert.Equal(actual.Order(), ((YamlSequenceNode)npm["directories"]).Select(folder => folder.ToString()).Order());
    }

    /// <summary>Returns whether a path matches a route. Each part in braces stands for one part of the path, and an optional last part may be
    /// missing.</summary>
    private static bool Matches(string route, string path)
    {
        var pattern = string.Concat(RoutePart().Matches(route).Select(match =>
            match.Groups["parameter"].Success ? (match.Value.EndsWith("?}", StringComparison.Ordinal) ? "(/(?!recover$)[^/]+)?" : "/[^/]+") : $"/{Regex.Escape(match.Groups["text"].Value)}"));
        return Regex.IsMatch($"/{path}", $"^{pattern}$");
    }

    // A parameter's constraint may contain braces. It could also contain slashes, but none here does.
    [GeneratedRegex(@"(?<parameter>\{.*?\??\}(?=/|$))|(?<text>[^/{}]+)")]
    private static partial Regex RoutePart();

    [GeneratedRegex(@"^(GET|POST|DELETE) \{\{url\}\}/api/([^\s?]+)", RegexOptions.Multiline)]
    private static partial Regex Request();
}
