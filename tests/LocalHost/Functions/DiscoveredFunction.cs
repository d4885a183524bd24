using System.Reflection;
using LocalHost.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace LocalHost.Functions;

/// <summary>A method with a <see cref="FunctionAttribute"/> and a parameter that starts it.</summary>
internal sealed record DiscoveredFunction(string Name, MethodInfo Method, ParameterInfo TriggerParameter, TriggerBindingAttribute Trigger)
{
    /// <summary>Every function among the types of an assembly, by name.</summary>
    /// <exception cref="LocalHostException">Two have one name, or one has no trigger.</exception>
    public static IReadOnlyList<DiscoveredFunction> In(Assembly assembly)
    {
        const BindingFlags AnyPublic = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var functions = assembly.GetTypes()
            .SelectMany(type => type.GetMethods(AnyPublic))
            .Select(method => (Method: method, Attribute: method.GetCustomAttribute<FunctionAttribute>()))
            .Where(found => found.Attribute is not null)
            .Select(found => Create(found.Attribute!.Name, found.Method))
            .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
            .ToList();
        var twice = functions.GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? functions : throw new LocalHostException($"Two functions have the name {twice.Key}.");
    }

    private static DiscoveredFunction Create(string name, MethodInfo method)
    {
        var triggers = method.GetParameters()
            .Select(parameter => (Parameter: parameter, Trigger: parameter.GetCustomAttribute<TriggerBindingAttribute>()))
            .Where(found => found.Trigger is not null)
            .ToList();
        return triggers is [var only]
            ? new DiscoveredFunction(name, method, only.Parameter, only.Trigger!)
            : throw new LocalHostException($"Function {name} has {triggers.Count} triggers; it needs one.");
    }
}
