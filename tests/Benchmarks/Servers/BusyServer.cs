using System.Globalization;
using Benchmarks.Downloads;
using Microsoft.AspNetCore.Builder;

namespace Benchmarks.Servers;

/// <summary>
/// Server that runs the receive path over the durable queue, and downloads in the same process.
/// <c>PUT /benchmark/downloads?count=…&amp;bytes=…&amp;source=…</c> sets the number of downloads.
/// </summary>
internal static class BusyServer
{
    private const string Route = "/benchmark/downloads";

    public static Task RunAsync(CancellationToken cancellationToken) => DurableServer.RunAsync(AddDownloads, cancellationToken);

    /// <summary>Sets the number of downloads of a server, and returns when they have started.</summary>
    public static async Task SetDownloadsAsync(HttpClient http, Uri server, int count, FetchOrder order, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"?count={count}&bytes={order.Bytes}&source={Uri.EscapeDataString(order.Source.OriginalString)}");
        using var answer = await http.PutAsync(new Uri(server, Route + query), content: null, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private static IAsyncDisposable AddDownloads(WebApplication app)
    {
        var downloads = new ConstantDownloads(new AppFetcher(app.Services));
        app.MapPut(Route, (int count, long bytes, string source) => downloads.SetAsync(count, new FetchOrder(new Uri(source), bytes)));
        return downloads;
    }
}
