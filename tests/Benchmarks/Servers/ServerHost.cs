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

/// <summary>What this program's servers have in common: Kestrel on a free port of 127.0.0.1, and the conversation with the process that started them.</summary>
internal static class ServerHost
{
    /// <summary>A builder of a web application that listens on a free port.</summary>
    public static WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder;
    }

    /// <summary>Says the port, and answers every line of the input with counters until the input ends.</summary>
    public static async Task ServeAsync(WebApplication app, Func<Task<long>> kept, CancellationToken cancellationToken)
    {
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await SayAsync(new Listening(new Uri(address).Port));
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
            var allocated = GC.GetTotalAllocatedBytes();
            var count = await kept();
            await SayAsync(new ServerCounters(allocated, GC.GetTotalAllocatedBytes() - allocated, count));
        }

        await app.StopAsync(cancellationToken);
    }

    private static Task SayAsync<T>(T what) => Console.Out.WriteLineAsync(JsonSerializer.Serialize(what, JsonSerializerOptions.Web));
}
