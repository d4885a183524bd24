using WebhookFunctions.Outbound;

namespace WebhookFunctions.Tests.Outbound;

public sealed class HostListTests
{
    [Theory]
    [InlineData("cdn.example.com", true)]
    [InlineData("CDN.EXAMPLE.COM", true)]
    [InlineData("a.sub.example.com", true)]
    [InlineData("sub.example.com", false)]
    [InlineData("evilsub.example.com", false)]
    [InlineData("cdn.example.com.evil.example", false)]
    [InlineData("xcdn.example.com", false)]
    [InlineData("cdn.example.com.", false)]
    [InlineData("example.com", false)]
    public void A_host_is_listed_by_its_name_or_as_a_subdomain(string host, bool isListed) =>
        Assert.Equal(isListed, new HostList(["cdn.example.com", "*.sub.example.com"]).Allows(new Uri($"https://{host}:8443/x")));
}
