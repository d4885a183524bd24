using System.Reflection;
using LocalHost.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace LocalHost.Functions;

/// <summary>
/// Calls a function as the worker does: an instance for each invocation, made from the invocation's services, and arguments by their types.
/// </summary>
internal sealed class FunctionInvoker
{
    private static readonly MethodInfo AwaitMethod = typeof(FunctionInvoker).GetMethod(nameof(AwaitAsync), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly DiscoveredFunction _function;
    private readonly ParameterInfo[] _parameters;
    private readonly Func<object?, Task<object?>> _awaited;

    /// <param name="function">The function.</param>
    /// <param name="triggerTypes">What its trigger can give to a parameter, by type. A string is given by the parameter's name.</param>
    /// <exception cref="LocalHostException">A parameter or the result has a type that the host has nothing for.</exception>
    public FunctionInvoker(DiscoveredFunction function, params IEnumerable<Type> triggerTypes)
    {
        _function = function;
        _parameters = function.Method.GetParameters();
        Type[] bindable = [typeof(FunctionContext), typeof(CancellationToken), .. triggerTypes];
        if (_parameters.FirstOrDefault(parameter => !bindable.Contains(parameter.ParameterType)) is { } unknown)
        {
            throw new LocalHostException(
                $"Function {function.Name}: this host has nothing for parameter {unknown.Name} of type {unknown.ParameterType.Name}.");
        }

        _awaited = Awaited(function.Method.ReturnType);
    }

    /// <summary>Runs the function and gives what it returned; null where it returns nothing.</summary>
    /// <param name="invocation">The invocation.</param>
    /// <param name="byType">What the trigger gives, by the parameter's type.</param>
    /// <param name="byName">What the trigger gives to a string parameter, by its name.</param>
    public async Task<object?> InvokeAsync(
        Invocation invocation, IReadOnlyDictionary<Type, object> byType, Func<string, object?>? byName = null)
    {
        var arguments = Array.ConvertAll(_parameters, parameter => Argument(parameter, invocation, byType, byName));
        var method = _function.Method;
        var instance = method.IsStatic ? null : ActivatorUtilities.CreateInstance(invocation.InstanceServices, method.DeclaringType!);
        try
        {
            return await _awaited(method.Invoke(instance, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null));
        }
        finally
        {
            await DisposeAsync(instance);
        }
    }

    private static object? Argument(
        ParameterInfo parameter, Invocation invocation, IReadOnlyDictionary<Type, object> byType, Func<string, object?>? byName)
    {
        var type = parameter.ParameterType;
        return type == typeof(FunctionContext) ? invocation
            : type == typeof(CancellationToken) ? invocation.CancellationToken
            : byType.TryGetValue(type, out var value) ? value
            : byName?.Invoke(parameter.Name!);
    }

    private static async ValueTask DisposeAsync(object? instance)
    {
        if (instance is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else
        {
            (instance as IDisposable)?.Dispose();
        }
    }

    private static Func<object?, Task<object?>> Awaited(Type returnType)
    {
        if (returnType == typeof(Task))
        {
            return async returned =>
            {
                await (Task)returned!;
                return null;
            };
        }

        return returnType.IsGenericType && returnType.GetGenericTypeDefinition() == typeof(Task<>)
            ? AwaitMethod.MakeGenericMethod(returnType.GetGenericArguments()).CreateDelegate<Func<object?, Task<object?>>>()
            : Task.FromResult;
    }

    private static async Task<object?> AwaitAsync<T>(object? task) => await (Task<T>)task!;
}
