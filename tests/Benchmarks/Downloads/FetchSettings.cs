namespace Benchmarks.Downloads;

/// <summary>Environment variables of a <see cref="FetchProcess"/>.</summary>
internal static class FetchSettings
{
    /// <summary>Connection string of the storage account whose blobs are written.</summary>
    public const string Blobs = "BENCHMARK_BLOBS";

    /// <summary>Connection string of the storage account whose tables hold the rows.</summary>
    public const string Tables = "BENCHMARK_TABLES";

    /// <summary>Gets the variable that limits how much the app allocates between garbage collections, as in <c>infra/modules/function-app.bicep</c>.</summary>
    public static KeyValuePair<string, string> GarbageBudget { get; } = new("DOTNET_GCgen0size", "0x400000");

    /// <summary>Returns a connection string for the sink on the port. Its key is arbitrary, because the sink accepts any.</summary>
    public static string Sink(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName=sink;AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint=http://127.0.0.1:{port}/sink";
}
