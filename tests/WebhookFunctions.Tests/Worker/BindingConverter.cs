using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Extensions.DependencyInjection;

namespace WebhookFunctions.Tests.Worker;

/// <summary>Caller that runs the input converter in a type's attribute, as the worker does.</summary>
internal static class BindingConverter
{
    /// <summary>Converts a parameter.</summary>
    /// <param name="attributed">The type with the attribute.</param>
    /// <param name="services">The services for the converter's constructor.</param>
    /// <param name="source">The host's data for the parameter.</param>
    /// <param name="bindingData">The host's additional binding data.</param>
    public static async Task<ConversionResult> ConvertAsync(
        Type attributed, IServiceProvider services, object? source = null, IReadOnlyDictionary<string, object?>? bindingData = null)
    {
        var type = attributed.GetCustomAttribute<InputConverterAttribute>()!.ConverterType;
        var converter = (IInputConverter)ActivatorUtilities.CreateInstance(services, type);
        return await converter.ConvertAsync(new Context(attributed, source, bindingData ?? new Dictionary<string, object?>()));
    }

    private sealed class Context(Type targetType, object? source, IReadOnlyDictionary<string, object?> bindingData) : ConverterContext
    {
        public override Type TargetType => targetType;

        public override object? Source => source;

        public override FunctionContext FunctionContext { get; } = new Invocation(bindingData);

        public override IReadOnlyDictionary<string, object> Properties { get; } = new Dictionary<string, object>();
    }

    private sealed class Invocation(IReadOnlyDictionary<string, object?> bindingData) : FunctionContext
    {
        public override BindingContext BindingContext { get; } = new Bindings(bindingData);

        public override string InvocationId => throw new NotSupportedException();

        public override string FunctionId => throw new NotSupportedException();

        public override TraceContext TraceContext => throw new NotSupportedException();

        public override RetryContext RetryContext => throw new NotSupportedException();

        public override IServiceProvider InstanceServices
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override FunctionDefinition FunctionDefinition => throw new NotSupportedException();

        public override IDictionary<object, object> Items
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override IInvocationFeatures Features => throw new NotSupportedException();
    }

    private sealed class Bindings(IReadOnlyDictionary<string, object?> bindingData) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => bindingData;
    }
}
