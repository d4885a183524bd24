using System.Text.Json;
using FunctionsHost.Hosting;
using FunctionsHost.Rpc;

namespace FunctionsHost.Functions;

/// <summary>Description of a function by its worker.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Id">The function's id in the protocol with the worker.</param>
/// <param name="Trigger">The function's trigger.</param>
public sealed record FunctionDescription(string Name, string Id, FunctionTrigger Trigger)
{
    private const string DefaultServiceBusConnection = "AzureWebJobsServiceBus";

    /// <exception cref="FunctionsHostException">The function has no trigger that this host supports, or its trigger names a setting that is missing.</exception>
    internal static FunctionDescription Read(RpcFunctionMetadata metadata, IReadOnlyDictionary<string, string> settings)
    {
        foreach (var binding in metadata.RawBindings)
        {
            using var document = JsonDocument.Parse(binding);
            var reader = new BindingReader(metadata.Name, document.RootElement, settings);
            if (reader.Text("type") is { } type && type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase))
            {
                return new FunctionDescription(metadata.Name, metadata.FunctionId, ReadTrigger(type, reader, metadata.Name));
            }
        }

        throw new FunctionsHostException($"Function {metadata.Name} has no trigger.");
    }

    private static FunctionTrigger ReadTrigger(string type, BindingReader binding, string name) => type switch
    {
        "httpTrigger" => new HttpTrigger(
            binding.Required("name"), binding.Text("route") ?? name, binding.Texts("methods"), Level(binding.Text("authLevel"))),
        "serviceBusTrigger" => ServiceBus(binding, name),
        "timerTrigger" => new TimerTrigger(binding.Required("name"), binding.Required("schedule")),
        _ => throw new FunctionsHostException($"Function {name}: this host does not support the trigger type {type}."),
    };

    // The Functions host uses level Function for a trigger that names none.
    private static AuthorizationLevel Level(string? level) =>
        Enum.TryParse<AuthorizationLevel>(level, ignoreCase: true, out var named) ? named : AuthorizationLevel.Function;

    private static ServiceBusTrigger ServiceBus(BindingReader binding, string name)
    {
        if (binding.Text("queueName") is not { } queue
            || binding.Flag("isSessionsEnabled") is true
            || "Many".Equals(binding.Text("cardinality"), StringComparison.OrdinalIgnoreCase)
            || !"True".Equals(binding.Property("supportsDeferredBinding"), StringComparison.OrdinalIgnoreCase))
        {
            throw new FunctionsHostException(
                $"Function {name}: this host supports only queues without sessions, and only one ServiceBusReceivedMessage for each invocation.");
        }

        return new ServiceBusTrigger(
            binding.Required("name"), queue, binding.Text("connection") ?? DefaultServiceBusConnection, binding.Flag("autoCompleteMessages"));
    }
}
