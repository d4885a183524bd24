using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.ServiceBus.Grpc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

[assembly: WorkerExtensionStartup(typeof(ServiceBusExtensionStartup))]

// The extension that the Worker SDK's build installs in the host.
[assembly: ExtensionInformation("Microsoft.Azure.WebJobs.Extensions.ServiceBus", "5.17.0")]

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Startup class that registers the settlement client, over gRPC to the host that started the worker.</summary>
/// <remarks>
/// The package gets its channel from Microsoft.Azure.Functions.Worker.Extensions.Rpc, which uses Grpc.Net.ClientFactory as this class does.
/// So each settlement logs what an HTTP client of the factory logs.
/// </remarks>
public sealed class ServiceBusExtensionStartup : WorkerExtensionStartup
{
    public override void Configure(IFunctionsWorkerApplicationBuilder applicationBuilder)
    {
        ArgumentNullException.ThrowIfNull(applicationBuilder);
        applicationBuilder.Services
            .AddGrpcClient<Settlement.SettlementClient>((services, client) => client.Address = HostAddress(Configuration(services)))
            .ConfigureChannel((services, channel) =>
            {
                if (MaxMessageLength(Configuration(services)) is { } length)
                {
                    channel.MaxReceiveMessageSize = length;
                    channel.MaxSendMessageSize = length;
                }
            });
    }

    private static IConfiguration Configuration(IServiceProvider services) => services.GetRequiredService<IConfiguration>();

    // Newer hosts pass the address on the worker's command line (--functions-uri), older ones in the environment.
    private static Uri HostAddress(IConfiguration configuration)
    {
        var address = configuration["Functions:Worker:HostEndpoint"] ?? $"http://{configuration["HOST"]}:{configuration["PORT"]}";
        return Uri.TryCreate(address, UriKind.Absolute, out var uri)
            ? uri
            : throw new InvalidOperationException($"The Functions host's address '{address}' is not a URI.");
    }

    private static int? MaxMessageLength(IConfiguration configuration) =>
        configuration.GetValue<int?>("Functions:Worker:GrpcMaxMessageLength") ?? configuration.GetValue<int?>("grpcMaxMessageLength");
}
