using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Tests.Worker;

/// <summary>
/// Server that receives gRPC calls in place of the Functions host. It does not use the .proto file, so that the tests compare the path and the bytes
/// of each call with the real host's contract.
/// </summary>
internal sealed class SettlementServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<Call> _calls = [];

    private SettlementServer(WebApplication app) => _app = app;

    /// <summary>Gets the address on which it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Gets or sets the message of the next answers.</summary>
    public byte[] Answer { get; set; } = [];

    /// <summary>Gets or sets the gRPC status of the next answers; 0 is success.</summary>
    public int Status { get; set; }

    /// <summary>Gets the only call that was received.</summary>
    public Call Only => Assert.Single(_calls);

    public static async Task<SettlementServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var server = new SettlementServer(app);
        app.Run(server.ServeAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Returns the services that the extension registers in a worker that connects to this server.</summary>
    public ServiceProvider Worker(params IEnumerable<KeyValuePair<string, string?>> settings) => WorkerWith(
        [new("Functions:Worker:HostEndpoint", Address.ToString()), .. settings]);

    /// <summary>Returns the services that the extension registers in a worker with these settings.</summary>
    public static ServiceProvider WorkerWith(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        new ServiceBusExtensionStartup().Configure(new Builder(services));
        return services.BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var frame = body.ToArray();
        // A gRPC frame: not compressed, the message's length, the message.
        Assert.Equal(frame.Length - 5, BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(1)));
        _calls.Add(new Call(context.Request.Path, frame[5..]));

        context.Response.ContentType = "application/grpc";
        if (Status == 0)
        {
            var answer = new byte[5 + Answer.Length];
            BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(1), Answer.Length);
            Answer.CopyTo(answer, 5);
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        }

        context.Response.AppendTrailer("grpc-status", $"{Status}");
    }

    /// <summary>Call of a method, <c>/Service/Method</c>, with the encoded message.</summary>
    public sealed record Call(string Path, byte[] Message);

    private sealed class Builder(IServiceCollection services) : IFunctionsWorkerApplicationBuilder
    {
        public IServiceCollection Services => services;

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware) => throw new NotSupportedException();
    }
}
