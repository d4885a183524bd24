using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WebhookFunctions.Recording;

namespace WebhookFunctions.Tests.Recording;

public sealed class AssetHostOptionsTests
{
    [Theory]
    [InlineData("https://cdn.example?token=hidden")]
    [InlineData("cdn.example/path")]
    [InlineData("*cdn.example")]
    [InlineData("*.")]
    [InlineData("good.example, cdn.example:443")]
    public void An_entry_that_would_never_match_is_refused_without_its_value(string hosts)
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(hosts));

        Assert.Contains($"Entry {hosts.Split(',').Length} of Assets__AllowedHosts is not a host", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_addresses_and_wildcards_are_hosts() =>
        Assert.Equal(["cdn.example", "*.example.com", "127.0.0.1", "xn--mnchen-3ya.example"], Read("cdn.example;*.example.com 127.0.0.1,xn--mnchen-3ya.example").AllowedHostList);

    private static AssetHostOptions Read(string hosts)
    {
        var configuration = new ConfigurationManager { ["Assets:AllowedHosts"] = hosts };
        using var services = new ServiceCollection().AddRecording(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<AssetHostOptions>>().Value;
    }
}
