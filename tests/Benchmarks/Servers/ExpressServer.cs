using Benchmarks.Processes;

namespace Benchmarks.Servers;

/// <summary>Starter of the Express handler in <c>express/server.mjs</c>.</summary>
internal static class ExpressServer
{
    public static async Task<ChildServer> StartAsync(Core core, string secret, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>
        {
            [ServerSettings.Secret] = secret,
            // Express recommends it for best performance.
            ["NODE_ENV"] = "production",
        };
        var server = await ChildServer.ListeningAsync(
            ChildProcess.Start(core, "node", [RepositoryPaths.ExpressServer], environment), cancellationToken);
        _ = server.DrainLogAsync();
        return server;
    }
}
