using WebhookFunctions.Tests.Infra;

namespace WebhookFunctions.Tests.Layout;

/// <summary>Tests that the app's sources import only from lower layers, and that each type is in its layer.</summary>
public sealed class LayerTests
{
    public static TheoryData<string, string, string> SampleViolations => new()
    {
        { "height", "Storage/Upward.cs", "using WebhookFunctions.Providers;\nnamespace WebhookFunctions.Storage;" },
        { "height", "Receiving/Sideways.cs", "using WebhookFunctions.Recording;\nnamespace WebhookFunctions.Receiving;" },
        { "height", "Storage/Qualified.cs", "namespace WebhookFunctions.Storage;\nvar json = Receiving.EventEnqueuer.Name;" },
        { "height", "Storage/FullyQualified.cs", "namespace WebhookFunctions.Storage;\nvar json = WebhookFunctions.Receiving.EventEnqueuer.Name;" },
        { "height", "Model/Cref.cs", "namespace WebhookFunctions.Model;\n/// <summary>See <see cref=\"Storage.Text\"/>.</summary>" },
        { "height", "Storage/Alias.cs", "using Queue = WebhookFunctions.Receiving.EventEnqueuer;\nnamespace WebhookFunctions.Storage;" },
        { "height", "Storage/Static.cs", "using static WebhookFunctions.Receiving.EventEnqueuer;\nnamespace WebhookFunctions.Storage;" },
        { "namespace", "Storage/Events/Lost.cs", "namespace WebhookFunctions.Storage;" },
        { "folder", "Elsewhere/New.cs", "namespace WebhookFunctions.Elsewhere;" },
        { "worker", "Operations/Function.cs", "using Microsoft.Azure.Functions.Worker;\nnamespace WebhookFunctions.Operations;" },
        { "azure", "Providers/Gemini/Blobs.cs", "using Azure.Storage.Blobs;\nnamespace WebhookFunctions.Providers.Gemini;" },
        { "asp-net", "Recording/Http.cs", "using Microsoft.AspNetCore.Http;\nnamespace WebhookFunctions.Recording;" },
        { "log", "Recording/Quoting.cs", "namespace WebhookFunctions.Recording;\npublic static partial void Failed(ILogger logger, Exception failure);" },
        { "handler", "Providers/Client.cs", "namespace WebhookFunctions.Providers;\nvar handler = new SocketsHttpHandler();" },
        { "operator", "Triggers/Naked.cs", "namespace WebhookFunctions.Triggers;\n[HttpTrigger(AuthorizationLevel.Function, \"get\")]" },
        {
            "operator",
            "Triggers/Early.cs",
            "namespace WebhookFunctions.Triggers;\nRun(OperatorRequests requests, [HttpTrigger(AuthorizationLevel.Function)] x)\n{ Read(x); return requests.AnswerAsync(x); }"
        },
        {
            "operator",
            "Triggers/Open.cs",
            "namespace WebhookFunctions.Triggers;\nRun([HttpTrigger(AuthorizationLevel.Anonymous)] x) =>\n    requests.AnswerAsync(x);"
        },
    };

    [Fact]
    public void Every_file_imports_only_what_is_below_it() => Assert.Empty(Layers.Check(Sources()));

    [Fact]
    public void Every_height_has_its_folders() => Assert.Subset(
        Sources().Keys.Where(path => path.Contains('/', StringComparison.Ordinal)).Select(path => path.Split('/')[0]).ToHashSet(),
        Layers.Heights.SelectMany(height => height).ToHashSet());

    [Theory]
    [MemberData(nameof(SampleViolations))]
    public void A_violation_is_found(string rule, string path, string text)
    {
        var found = Assert.Single(Layers.Check(new Dictionary<string, string> { [path] = text }));
        Assert.Equal((rule, true), (found.Rule, found.File.StartsWith(path.Split('/')[0], StringComparison.Ordinal)));
    }

    private static Dictionary<string, string> Sources()
    {
        var root = Repository.File("functions");
        var sources = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: file, Path: Path.GetRelativePath(root, file).Replace('\\', '/')))
            .Where(source => !source.Path.StartsWith("obj/", StringComparison.Ordinal) && !source.Path.StartsWith("bin/", StringComparison.Ordinal))
            .ToDictionary(source => source.Path, source => File.ReadAllText(source.File));
        Assert.True(sources.Count > 100, "The app's sources were not found.");
        return sources;
    }
}
