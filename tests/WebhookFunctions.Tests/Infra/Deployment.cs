using System.Text.Json.Nodes;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Resource of a deployment.</summary>
/// <param name="Id">The resource id, in which values that only Azure knows stay expressions.</param>
/// <param name="Type">The resource type.</param>
/// <param name="Name">The last part of the name.</param>
/// <param name="Json">The complete resource.</param>
internal sealed record Resource(string Id, string Type, string Name, JsonNode Json)
{
    /// <summary>The value at a path such as <c>properties.sku.name</c>, as text; null if there is none.</summary>
    public string? this[string path] => path.Split('.').Aggregate((JsonNode?)Json, (node, part) => (node as JsonObject)?[part])?.ToString();
}

/// <summary>Role assignment of a deployment.</summary>
/// <param name="Principal"><c>app</c>, or the object id of another principal.</param>
/// <param name="Role">The name of the built-in role, or its id if the template should not use it.</param>
/// <param name="Scope">The id of the resource on which it is assigned.</param>
/// <param name="Reason">The description of the assignment.</param>
internal sealed record RoleGrant(string Principal, string Role, string Scope, string Reason)
{
    private static readonly Dictionary<string, string> BuiltIn = new()
    {
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"] = "Storage Blob Data Reader",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["76199698-9eea-4c19-bc75-cec21354c6b6"] = "Storage Table Data Reader",
        ["69a216fc-b8fb-44d8-bc22-1f3c2cd27a39"] = "Azure Service Bus Data Sender",
        ["4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"] = "Azure Service Bus Data Receiver",
        ["090c5cfd-751d-490a-894a-3ce6f1109419"] = "Azure Service Bus Data Owner",
        ["d5a91429-5739-47e2-a06b-3470a27159e7"] = "EventGrid Data Sender",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
    };

    public static RoleGrant Read(Resource assignment)
    {
        var role = assignment["properties.roleDefinitionId"]!.Split('/')[^1];
        var principal = assignment["properties.principalId"]!;
        return new RoleGrant(
            principal.StartsWith("[reference(", StringComparison.Ordinal) && principal.Contains("/userAssignedIdentities/id-api-", StringComparison.Ordinal)
                ? "app"
                : principal,
            BuiltIn.GetValueOrDefault(role, role),
            assignment.Id[..assignment.Id.IndexOf("/providers/Microsoft.Authorization/", StringComparison.Ordinal)],
            assignment["properties.description"] ?? "");
    }

    public override string ToString() => $"{Principal}: {Role} on {Scope}";
}

/// <summary>Deployment of a parameter file, as <c>bicep snapshot</c> computes it, with the compiled template.</summary>
internal sealed class Deployment
{
    private readonly IReadOnlyList<Resource> _resources;

    private Deployment(JsonNode snapshot, JsonNode template, bool isQueueOwnerAllowed)
    {
        IsQueueOwnerAllowed = isQueueOwnerAllowed;
        Snapshot = snapshot;
        Template = template;
        _resources = [.. snapshot["predictedResources"]!.AsArray().Select(node => new Resource(
            (string)node!["id"]!, (string)node["type"]!, ((string)node["name"]!).Split('/')[^1], node))];
    }

    public JsonNode Snapshot { get; }

    /// <summary>Gets the compiled template, for properties that a snapshot does not show, such as dependencies.</summary>
    public JsonNode Template { get; }

    /// <summary>Gets whether its parameters make the app Data Owner on the queues.</summary>
    public bool IsQueueOwnerAllowed { get; }

    public Resource App => Single("Microsoft.Web/sites");

    public Resource Storage => Single("Microsoft.Storage/storageAccounts");

    public Resource Namespace => Single("Microsoft.ServiceBus/namespaces");

    public Resource Vault => Single("Microsoft.KeyVault/vaults");

    public IEnumerable<Resource> Queues => OfType("Microsoft.ServiceBus/namespaces/queues");

    public IEnumerable<Resource> Tables => OfType("Microsoft.Storage/storageAccounts/tableServices/tables");

    public IEnumerable<Resource> Containers => OfType("Microsoft.Storage/storageAccounts/blobServices/containers");

    public IEnumerable<RoleGrant> Roles => OfType("Microsoft.Authorization/roleAssignments").Select(RoleGrant.Read);

    public IReadOnlyList<KeyValuePair<string, string>> Settings =>
    [
        .. App.Json["properties"]!["siteConfig"]!["appSettings"]!.AsArray()
            .Select(setting => KeyValuePair.Create((string)setting!["name"]!, setting["value"]?.ToString() ?? "")),
    ];

    public IEnumerable<Resource> All => _resources;

    public static Deployment Read(string path, JsonNode template, bool isQueueOwnerAllowed) =>
        new(JsonNode.Parse(File.ReadAllText(path))!, template, isQueueOwnerAllowed);

    public IEnumerable<Resource> OfType(string type) => _resources.Where(resource => resource.Type == type);

    public Resource Single(string type) => OfType(type).Single();

    /// <summary>Returns the value of a setting; null if it is not set.</summary>
    public string? Setting(string name) => Settings.Where(setting => setting.Key == name).Select(setting => setting.Value).SingleOrDefault();
}
