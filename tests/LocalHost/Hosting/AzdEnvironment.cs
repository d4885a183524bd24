using System.Text.Json;

namespace LocalHost.Hosting;

/// <summary>Default environment of azd, which is read from azd's files below <c>.azure</c>.</summary>
/// <param name="Name">The environment's name.</param>
/// <param name="StorageAccount">The storage account that was provisioned for it.</param>
internal sealed record AzdEnvironment(string Name, string StorageAccount)
{
    private const string AccountVariable = "AZURE_STORAGE_ACCOUNT_NAME";

    /// <summary>The setting with the storage account of an app that runs on this machine with resources in Azure.</summary>
    public const string AccountSetting = "AzureWebJobsStorage__accountName";

    /// <summary>Returns the default environment of a project; null if there is none, or nothing was provisioned for it.</summary>
    /// <param name="project">The folder of <c>azure.yaml</c>.</param>
    public static AzdEnvironment? Find(string project)
    {
        var folder = Path.Combine(project, ".azure");
        try
        {
            var config = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Path.Combine(folder, "config.json")));
            if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("defaultEnvironment", out var named) || named.GetString() is not { Length: > 0 } name)
            {
                return null;
            }

            var account = File.ReadLines(Path.Combine(folder, name, ".env"))
                .Where(line => line.StartsWith($"{AccountVariable}=", StringComparison.Ordinal))
                .Select(line => line[(AccountVariable.Length + 1)..].Trim().Trim('"'))
                .FirstOrDefault();
            return string.IsNullOrEmpty(account) ? null : new AzdEnvironment(name, account);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Returns a warning if the settings name the storage account of another environment; otherwise null.</summary>
    public string? Differs(IReadOnlyDictionary<string, string> settings) =>
        settings.GetValueOrDefault(AccountSetting) is { Length: > 0 } account && !account.Equals(StorageAccount, StringComparison.OrdinalIgnoreCase)
            ? $"The settings belong to another environment, whose storage account is {account}; azd's environment {Name} has {StorageAccount}. "
                + "Delete functions/local.settings.json and run 'azd hooks run postprovision' to have it written for that one."
            : null;
}
