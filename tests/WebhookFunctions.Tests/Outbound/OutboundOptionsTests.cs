using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WebhookFunctions.Outbound;

namespace WebhookFunctions.Tests.Outbound;

public sealed class OutboundOptionsTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    [InlineData("Development", true)]
    public void Loopback_is_allowed_only_in_development(string? environment, bool isAllowed) => Assert.Equal(
        isAllowed,
        Read(new Dictionary<string, string?> { ["AZURE_FUNCTIONS_ENVIRONMENT"] = environment, ["Assets:AllowLoopback"] = "true" }).AllowLoopback);

    private static OutboundOptions Read(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddOutbound(configuration)
            .BuildServiceProvider();
        return services.GetRequiredService<IOptions<OutboundOptions>>().Value;
    }
}
