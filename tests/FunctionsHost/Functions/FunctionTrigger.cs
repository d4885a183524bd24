namespace FunctionsHost.Functions;

/// <summary>Trigger of a function.</summary>
/// <param name="Parameter">The name of the parameter that receives the trigger's data.</param>
public abstract record FunctionTrigger(string Parameter);

/// <summary>Trigger by an HTTP request.</summary>
/// <param name="Parameter">The name of the parameter that receives the request.</param>
/// <param name="Route">The template of its route, below the prefix of host.json.</param>
/// <param name="Methods">The methods of the route; empty for any.</param>
/// <param name="Level">The key that is required.</param>
public sealed record HttpTrigger(string Parameter, string Route, IReadOnlyList<string> Methods, AuthorizationLevel Level)
    : FunctionTrigger(Parameter);

/// <summary>Trigger by a message of a queue.</summary>
/// <param name="Parameter">The name of the parameter that receives the message.</param>
/// <param name="Queue">The queue's name.</param>
/// <param name="Connection">The setting that holds the connection string.</param>
/// <param name="AutoComplete">Whether the host completes a message that the function did not settle; if null, host.json decides.</param>
public sealed record ServiceBusTrigger(string Parameter, string Queue, string Connection, bool? AutoComplete) : FunctionTrigger(Parameter);

/// <summary>Trigger by a schedule.</summary>
/// <param name="Parameter">The name of the parameter that receives the timer's data.</param>
/// <param name="Schedule">An NCrontab expression of six fields, in UTC.</param>
public sealed record TimerTrigger(string Parameter, string Schedule) : FunctionTrigger(Parameter);
