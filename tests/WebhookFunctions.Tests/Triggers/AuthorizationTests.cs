using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Triggers;

/// <summary>
/// Tests of the keys that routes require. Anyone may send webhooks and read the health, a function key may read, and only the master key (level Admin) may
/// write.
/// </summary>
public sealed class AuthorizationTests
{
    private static readonly Dictionary<string, AuthorizationLevel> Levels = new()
    {
        ["* webhooks/{provider}/{mode:regex(^(?!recover$))?}"] = AuthorizationLevel.Anonymous,
        ["get health"] = AuthorizationLevel.Anonymous,
        ["get openapi.json"] = AuthorizationLevel.Anonymous,
        ["get dashboard/{*path}"] = AuthorizationLevel.Anonymous,
        ["get health/details"] = AuthorizationLevel.Function,
        ["get events"] = AuthorizationLevel.Function,
        ["get events/{space}"] = AuthorizationLevel.Function,
        ["get events/{space}/body"] = AuthorizationLevel.Admin,
        ["get jobs"] = AuthorizationLevel.Function,
        ["get jobs/{provider}"] = AuthorizationLevel.Function,
        ["get dead-letters/{queue}"] = AuthorizationLevel.Function,
        ["post webhooks/{provider}/recover"] = AuthorizationLevel.Admin,
        ["post events/{space}/refetch"] = AuthorizationLevel.Admin,
        ["post dead-letters/{queue}/replay"] = AuthorizationLevel.Admin,
        ["post notifications/test"] = AuthorizationLevel.Admin,
        ["delete jobs/{provider}"] = AuthorizationLevel.Admin,
    };

    private static IEnumerable<HttpTriggerAttribute> Routes =>
        typeof(ReceiveWebhook).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
            .OfType<HttpTriggerAttribute>();

    [Fact]
    public void Every_route_requires_the_key_of_its_level() => Assert.Equal(
        Levels.Select(level => $"{level.Key}: {level.Value}").Order(StringComparer.Ordinal),
        Routes.Select(route => $"{Methods(route)} {route.Route}: {route.AuthLevel}").Order(StringComparer.Ordinal));

    [Fact]
    public void Writing_requires_the_master_key() => Assert.All(
        Routes.Where(route => Methods(route) is not ("get" or "*")), route => Assert.Equal(AuthorizationLevel.Admin, route.AuthLevel));

    private static string Methods(HttpTriggerAttribute route) => route.Methods is { Length: > 0 } methods ? string.Join(',', methods) : "*";
}
