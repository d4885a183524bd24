using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.ServiceBus.Grpc;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Converter that provides the session actions parameter of a function, from the binding data that the host sends with the message.</summary>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(ServiceBusSessionMessageActions))]
internal sealed class ServiceBusSessionMessageActionsConverter(Settlement.SettlementClient settlement) : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        try
        {
            var bindingData = context.FunctionContext.BindingContext.BindingData;
            return ValueTask.FromResult(
                SessionId(bindingData) is not { } sessionId ? Missing("SessionId")
                : LockedUntil(bindingData) is not { } lockedUntil ? Missing("SessionActions.SessionLockedUntil")
                : ConversionResult.Success(new ServiceBusSessionMessageActions(settlement, sessionId, lockedUntil)));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return ValueTask.FromResult(ConversionResult.Failed(exception));
        }
    }

    // All messages of a batch belong to one session.
    private static string? SessionId(IReadOnlyDictionary<string, object?> bindingData) =>
        bindingData.TryGetValue("SessionId", out var single) && single is string id ? id
        : bindingData.TryGetValue("SessionIdArray", out var all) && all is IList<string> { Count: > 0 } ids ? ids[0]
        : null;

    private static DateTimeOffset? LockedUntil(IReadOnlyDictionary<string, object?> bindingData)
    {
        if (!bindingData.TryGetValue("SessionActions", out var actions) || actions?.ToString() is not { } json)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("SessionLockedUntil", out var lockedUntil) ? lockedUntil.GetDateTimeOffset() : null;
    }

    private static ConversionResult Missing(string name) => ConversionResult.Failed(
        new InvalidOperationException($"The binding data has no {name}. Session actions need a trigger with IsSessionsEnabled = true."));
}
