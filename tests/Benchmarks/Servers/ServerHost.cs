using System.Net;
using System.Text.Json;
using Benchmarks.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Benchmarks.Servers;

/// <summary>Host of this program's servers: Kestrel on a free port of 127.0.0.1, and the protocol with the parent process.</summary>
internal static class ServerHost
{
    /// <summary>Returns a builder of a web application that listens on a free port of 127.0.0.1.</summary>
    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder;
    }

    /// <summary>Writes the port to standard output, and answers every line of standard input with counters until the input ends.</summary>
    public static async Task ServeAsync(WebApplication app, Func<Task<long>> enqueued, CancellationToken cancellationToken)
    {
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await WriteLineAsync(new Listening(new Uri(address).Port));
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var count = await enqueued();
            await WriteLineAsync(new ServerCounters(allocated, GC.GetTotalAllocatedBytes() - allocated, count));
        }

        await app.StopAsync(cancellationToken);
    }

    private static Task WriteLineAsync<T>(T value) => Console.Out.WriteLineAsync(JsonSerializer.Serialize(value, JsonSerializerOptions.Web));
}
