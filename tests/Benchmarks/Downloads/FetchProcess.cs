using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Benchmarks.Processes;
using Benchmarks.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Benchmarks.Downloads;

/// <summary>A process that fetches in one way, and has its memory for itself.</summary>
public sealed class FetchProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    /// <param name="way">The way.</param>
    /// <param name="blobs">Connection string of the account to write to.</param>
    /// <param name="tables">Connection string of the account that the rows are in.</param>
    /// <param name="core">Where it runs.</param>
    public FetchProcess(FetchWay way, string blobs, string tables, Core core = Core.Any) => _process = ChildProcess.StartSelf(
        core,
        ["fetch", $"{way}"],
        new Dictionary<string, string>(way == FetchWay.App ? [FetchSettings.GarbageBudget] : [])
        {
            [FetchSettings.Blobs] = blobs,
            [FetchSettings.Tables] = tables,
            // The app knows nobody's assets unless the provider is on.
            [ServerSettings.Secret] = ServerSettings.NewSecret(),
        });

    /// <summary>Fetches one thing.</summary>
    /// <exception cref="IOException">It did not arrive.</exception>
    public Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken) =>
        _process.AskAsync<FetchResult>(order, cancellationToken);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The other side of it: reads orders from the input until that ends.</summary>
    public static async Task<int> ServeAsync(FetchWay way, CancellationToken cancellationToken)
    {
        await using var app = App();
        await using IFetcher fetcher = way switch
        {
            FetchWay.App => new AppFetcher(app),
            FetchWay.Naive => new NaiveFetcher(MeasuredApp.Blobs()),
            FetchWay.BothHashes => new HashFetcher(HashAlgorithmName.SHA256, HashAlgorithmName.MD5),
            _ => new HashFetcher(HashAlgorithmName.SHA256),
        };
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            var order = JsonSerializer.Deserialize<FetchOrder>(line, JsonSerializerOptions.Web)!;
            var before = Usage.Of(Environment.ProcessId);
            var started = Stopwatch.GetTimestamp();
            await fetcher.FetchAsync(order, cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var after = Usage.Of(Environment.ProcessId);
            var result = new FetchResult(seconds, (after.Cpu - before.Cpu).TotalSeconds, after.PeakBytes / (1024.0 * 1024));
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
        }

        return 0;
    }

    private static ServiceProvider App()
    {
        var configuration = new ConfigurationManager();
        configuration.AddEnvironmentVariables();
        var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration);
        services.AddMeasuredApp(configuration, new CountingServiceBus());
        return services.BuildServiceProvider();
    }
}
