using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Benchmarks.Processes;
using Benchmarks.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Benchmarks.Downloads;

/// <summary>Child process that downloads with one method, so that its memory and processor time can be measured separately.</summary>
public sealed class FetchProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    /// <param name="method">The method.</param>
    /// <param name="blobs">Connection string of the account to write to.</param>
    /// <param name="tables">Connection string of the account that holds the rows.</param>
    /// <param name="core">The core that the process runs on.</param>
    public FetchProcess(FetchMethod method, string blobs, string tables, Core core = Core.Any) => _process = ChildProcess.StartSelf(
        core,
        ["fetch", $"{method}"],
        new Dictionary<string, string>(method == FetchMethod.App ? [FetchSettings.GarbageBudget] : [])
        {
            [FetchSettings.Blobs] = blobs,
            [FetchSettings.Tables] = tables,
            // The app downloads only the assets of providers that are configured.
            [ServerSettings.Secret] = ServerSettings.NewSecret(),
        });

    /// <summary>Asks the process for one download and waits for its result.</summary>
    /// <exception cref="IOException">The download failed.</exception>
    public Task<FetchResult> FetchAsync(FetchOrder order, CancellationToken cancellationToken) =>
        _process.AskAsync<FetchResult>(order, cancellationToken);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>Runs in the child process: reads orders from standard input and answers each, until the input ends.</summary>
    public static async Task<int> ServeAsync(FetchMethod method, CancellationToken cancellationToken)
    {
        await using var app = App();
        await using IFetcher fetcher = method switch
        {
            FetchMethod.App => new AppFetcher(app),
            FetchMethod.Naive => new NaiveFetcher(MeasuredApp.Blobs()),
            FetchMethod.BothHashes => new HashFetcher(HashAlgorithmName.SHA256, HashAlgorithmName.MD5),
            _ => new HashFetcher(HashAlgorithmName.SHA256),
        };
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            var order = JsonSerializer.Deserialize<FetchOrder>(line, JsonSerializerOptions.Web)!;
            var before = Usage.Read(Environment.ProcessId);
            var started = Stopwatch.GetTimestamp();
            await fetcher.FetchAsync(order, cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var after = Usage.Read(Environment.ProcessId);
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
