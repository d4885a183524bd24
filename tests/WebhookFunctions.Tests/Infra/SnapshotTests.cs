using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Tests of the snapshots of the deployments, which show reviewers the effect of a change in <c>infra/</c>. The snapshots are renewed by
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~SnapshotTests -e RENEW_SNAPSHOTS=true</c>.
/// </summary>
[Collection(nameof(Templates))]
public sealed class SnapshotTests(Templates templates)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    [Theory]
    [InlineData("minimal")]
    [InlineData("everything")]
    [InlineData("private")]
    public async Task The_deployment_equals_the_reviewed_snapshot(string name)
    {
        BicepCli.SkipUnlessAvailable();
        var actual = Sorted(templates.Named(name).Snapshot).ToJsonString(Readable) + "\n";
        var path = Repository.File("tests", "WebhookFunctions.Tests", "Infra", "Snapshots", $"{name}.json");
        if (Environment.GetEnvironmentVariable("RENEW_SNAPSHOTS") == "true")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, actual, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), actual);
    }

    /// <summary>Sorts resources by id and everything else by name, because Bicep's order of both differs from run to run.</summary>
    private static JsonObject Sorted(JsonNode snapshot)
    {
        var sorted = SortedByName(snapshot)!.AsObject();
        sorted["predictedResources"] = new JsonArray(
            [.. sorted["predictedResources"]!.AsArray().Select(node => node!.DeepClone()).OrderBy(node => (string)node["id"]!, StringComparer.Ordinal)]);
        return sorted;
    }

    private static JsonNode? SortedByName(JsonNode? node) => node switch
    {
        JsonObject item => new JsonObject(item.OrderBy(property => property.Key, StringComparer.Ordinal).Select(property => KeyValuePair.Create(property.Key, SortedByName(property.Value)))),
        JsonArray items => new JsonArray([.. items.Select(SortedByName)]),
        _ => node?.DeepClone(),
    };
}
