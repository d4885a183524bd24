namespace Benchmarks.Downloads;

/// <summary>The environment of a fetching process.</summary>
internal static class FetchSettings
{
    /// <summary>Connection string of the storage account whose blobs are written.</summary>
    public const string Blobs = "BENCHMARK_BLOBS";

    /// <summary>Connection string of the storage account whose tables hold the rows.</summary>
    public const string Tables = "BENCHMARK_TABLES";

    /// <summary>How much the app allocates between collections: as <c>infra/modules/function-app.bicep</c> sets it.</summary>
    public static KeyValuePair<string, string> GarbageBudget { get; } = new("DOTNET_GCgen0size", "0x400000");

    /// <summary>A connection string for a sink on that port: it believes every key.</summary>
    public static string Sink(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName=sink;AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint=http://127.0.0.1:{port}/sink";
}
