#:property PublishAot=false

// Runs after 'azd provision' with the values of the azd environment as environment variables. Prints the URLs to register with the providers and the
// address of the page with the results. Writes functions/local.settings.json for an app on this machine that works against the cloud.

using System.Text.Json;
using System.Text.Json.Nodes;

// What a provider needs before it is on: any of these settings, without which its route answers 404. Where its signature proves too little, also what
// strengthens it: the setting with the tokens of which the URL must carry one, and the API's key.
(string Provider, string Route, string[] Settings, string? Token, string? ApiKey)[] webhooks =
[
    // <providers: addresses>
    ("GeminiGen.AI", "geminigen", ["GEMINIGEN_PUBLIC_KEY"], "GEMINIGEN_WEBHOOK_TOKEN", "GEMINIGEN_API_KEY"),
    ("Google Gemini, static", "gemini", ["GEMINI_WEBHOOK_SECRET"], null, null),
    ("Google Gemini, dynamic", "gemini/dynamic", ["GEMINI_WEBHOOK_TOKEN", "GEMINI_API_KEY", "GEMINI_WEBHOOK_AUDIENCE"], "GEMINI_WEBHOOK_TOKEN", "GEMINI_API_KEY"),
    ("Sync", "sync", ["SYNC_WEBHOOK_SECRET"], null, null),
    ("Replicate", "replicate", ["REPLICATE_WEBHOOK_SECRET"], null, null),
    ("fal.ai", "fal", ["FAL_WEBHOOK_TOKEN"], "FAL_WEBHOOK_TOKEN", null),
    ("Black Forest Labs (FLUX)", "bfl", ["BFL_WEBHOOK_SECRET"], null, null),
    ("HeyGen", "heygen", ["HEYGEN_WEBHOOK_SECRET"], null, null),
    ("OpenRouter", "openrouter", ["OPENROUTER_WEBHOOK_SECRET"], null, null),
    ("Leonardo.Ai", "leonardo", ["LEONARDO_WEBHOOK_TOKEN"], null, null),
    // </providers>
];

// Set by the systems that run pipelines. Their logs are read by more people than may know a token.
string[] pipelineVariables = ["CI", "TF_BUILD", "GITHUB_ACTIONS", "BUILD_BUILDID", "JENKINS_URL", "TEAMCITY_VERSION"];

// Provider settings that an app on this machine needs as well.
string[] providerSettings =
[
    // <providers: settings>
    "GEMINIGEN_PUBLIC_KEY", "GEMINIGEN_WEBHOOK_TOKEN", "GEMINIGEN_API_KEY",
    "GEMINI_WEBHOOK_SECRET", "GEMINI_WEBHOOK_TOKEN", "GEMINI_WEBHOOK_AUDIENCE", "GEMINI_WEBHOOK_ISSUERS", "GEMINI_API_KEY",
    "SYNC_WEBHOOK_SECRET", "SYNC_ACCEPT_PRIMARY_SIGNATURE", "SYNC_API_KEY",
    "REPLICATE_WEBHOOK_SECRET", "REPLICATE_API_TOKEN",
    "FAL_WEBHOOK_TOKEN",
    "BFL_WEBHOOK_SECRET", "BFL_API_KEY",
    "HEYGEN_WEBHOOK_SECRET", "HEYGEN_API_KEY",
    "OPENROUTER_WEBHOOK_SECRET", "OPENROUTER_API_KEY",
    "LEONARDO_WEBHOOK_TOKEN", "LEONARDO_API_KEY",
    // </providers>
];

if (Value("SERVICE_API_URL") is not { } url)
{
    Console.Error.WriteLine("SERVICE_API_URL is not set. Run this by 'azd hooks run postprovision', after 'azd provision'.");
    return 1;
}

PrintWebhooks();
PrintDashboard();
WriteLocalSettings();
return 0;

void PrintWebhooks()
{
    Console.WriteLine("Webhook URLs to register:");
    foreach (var (provider, route, settings, token, apiKey) in webhooks)
    {
        var isOn = Array.Exists(settings, setting => Value(setting) is not null);
        var tokens = token is null ? null : Value(token);
        var state = !isOn ? $"off: azd env set {settings[0]} …, then azd provision"
            : tokens is not null && IsPipeline() ? $"on, with ?token= and the token behind it: azd env get-value {token}"
            : tokens is null && token is not null && (apiKey is null || Value(apiKey) is null) ? $"on, but weak: azd env set {token} …{(apiKey is null ? "" : $", or {apiKey} …")}, then azd provision"
            : "on";
        var query = tokens is null || IsPipeline() ? "" : $"?token={tokens.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]}";
        Console.WriteLine($"  {provider,-26}{url}/api/webhooks/{route}{query}  ({state})");
    }
}

void PrintDashboard()
{
    Console.WriteLine($"See the results: {url}/api/dashboard/");
    Console.WriteLine("It asks for a function key:");
    Console.WriteLine($"  az functionapp keys list --resource-group {Value("AZURE_RESOURCE_GROUP") ?? "GROUP"} --name {Value("AZURE_FUNCTION_NAME") ?? "NAME"} --query functionKeys.default --output tsv");
}

// A pipeline signs in as a service principal, whatever runs it.
bool IsPipeline() => Value("AZURE_PRINCIPAL_TYPE") == "ServicePrincipal" || Array.Exists(pipelineVariables, name => Value(name) is not null);

void WriteLocalSettings()
{
    if (ProjectRoot() is not { } root)
    {
        Console.Error.WriteLine("No local.settings.json written: azure.yaml was found neither here nor above.");
        return;
    }

    var path = Path.Combine(root, "functions", "local.settings.json");
    if (File.Exists(path))
    {
        // It may hold what somebody typed in.
        Console.WriteLine($"Kept {path} as it is.");
        if (OtherEnvironment(path) is { } account)
        {
            Console.WriteLine($"It belongs to another environment, whose storage account is {account}: its keys and queues are not those of this one.");
        }

        Console.WriteLine("To have it written again, delete it and run 'azd hooks run postprovision'.");
        return;
    }

    var values = new JsonObject
    {
        // Core Tools ask for it; in Azure it must not be set.
        ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        ["AzureWebJobsStorage__accountName"] = Value("AZURE_STORAGE_ACCOUNT_NAME"),
        ["ServiceBusConnection__fullyQualifiedNamespace"] = Value("SERVICE_BUS_NAMESPACE"),
    };
    foreach (var setting in providerSettings)
    {
        if (Value(setting) is { } value)
        {
            values[setting] = value;
        }
    }

    var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
    if (!OperatingSystem.IsWindows())
    {
        // Secrets of the providers: for their owner alone.
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    }

    using (var file = new FileStream(path, options))
    using (var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true }))
    {
        new JsonObject { ["IsEncrypted"] = false, ["Values"] = values }.WriteTo(writer);
    }

    Console.WriteLine($"Wrote {path}. An app that runs with it competes with the deployed one for the messages.");
    if (Value("DEPLOYER_ACCESS") != "work")
    {
        Console.WriteLine("You may not work with that data yet: azd env set DEPLOYER_ACCESS work, then azd provision.");
    }
}

// The storage account that a settings file names, if it is another than this environment's. A file that works with a connection string names none.
static string? OtherEnvironment(string path)
{
    try
    {
        var account = (string?)JsonNode.Parse(File.ReadAllText(path), documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })?["Values"]?["AzureWebJobsStorage__accountName"];
        return account is { Length: > 0 } && account != Value("AZURE_STORAGE_ACCOUNT_NAME") ? account : null;
    }
    catch (Exception exception) when (exception is JsonException or InvalidOperationException)
    {
        return null;
    }
}

// azd starts a C# hook in the hook's own folder.
static string? ProjectRoot()
{
    for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "azure.yaml")))
        {
            return folder.FullName;
        }
    }

    return null;
}

static string? Value(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
