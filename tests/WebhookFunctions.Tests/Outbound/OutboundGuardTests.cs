using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using WebhookFunctions.Downloading;
using WebhookFunctions.Downloading.Sources;
using WebhookFunctions.Outbound;
using WebhookFunctions.Tests.Downloading;

namespace WebhookFunctions.Tests.Outbound;

/// <summary>
/// Tests of the SSRF guard with hostile links, with a canary server that no connection may reach, and with names whose addresses change.
/// </summary>
public sealed class OutboundGuardTests : IDisposable
{
    private static readonly IPAddress Public = IPAddress.Parse("142.250.185.80");

    // Listens on the wildcard address, so that any spelling of an address of this machine reaches it.
    private readonly TcpListener _canary = new(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };

    public OutboundGuardTests() => _canary.Start();

    private int Port => ((IPEndPoint)_canary.LocalEndpoint).Port;

    public static TheoryData<string> HostileLinks =>
    [
        // Loopback in its usual spellings.
        "https://127.0.0.1:{port}/", "https://127.0.0.2:{port}/", "https://127.255.255.254:{port}/", "https://localhost:{port}/",
        "https://LOCALHOST:{port}/", "https://localhost.:{port}/", "https://a.localhost:{port}/", "https://0.0.0.0:{port}/", "https://[::1]:{port}/",
        "https://[::]:{port}/", "https://[0:0:0:0:0:0:0:1]:{port}/", "https://[0000:0000:0000:0000:0000:0000:0000:0001]:{port}/",
        // Numbers that parsers interpret as addresses.
        "https://2130706433:{port}/", "https://0x7f000001:{port}/", "https://0x7F.0x0.0x0.0x1:{port}/", "https://0177.0.0.1:{port}/",
        "https://017700000001:{port}/", "https://0177.0.0.01:{port}/", "https://127.1:{port}/", "https://127.0.1:{port}/", "https://0x7f.1:{port}/",
        "https://0177.1:{port}/", "https://00000177.00000000.00000000.00000001:{port}/", "https://127.0.0.1.:{port}/", "https://0:{port}/",
        "https://0x0:{port}/", "https://127.0.0.0x1:{port}/", "https://127.00.00.01:{port}/", "https://2130706434:{port}/",
        // Full-width digits and other dots, which IDNA maps to plain ones.
        "https://１２７.０.０.１:{port}/", "https://127。0。0。1:{port}/", "https://127．0．0．1:{port}/", "https://127｡0｡0｡1:{port}/",
        "https://①②⑦.⓪.⓪.①:{port}/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/", "https://loc\u00adalhost:{port}/", "https://loc\u200balhost:{port}/",
        // IPv4 within IPv6.
        "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/", "https://[0:0:0:0:0:ffff:127.0.0.1]:{port}/", "https://[::127.0.0.1]:{port}/",
        "https://[::ffff:0:127.0.0.1]:{port}/", "https://[64:ff9b::127.0.0.1]:{port}/", "https://[64:ff9b::7f00:1]:{port}/",
        "https://[64:ff9b:1::7f00:1]:{port}/", "https://[2002:7f00:1::]:{port}/", "https://[2002:a9fe:a9fe::1]:{port}/",
        "https://[2001:0:7f00:1::]:{port}/", "https://[2001:0:0:0:0:0:80ff:fffe]:{port}/", "https://[2a00::5efe:127.0.0.1]:{port}/",
        // Zones and scopes.
        "https://[fe80::1%25lo]:{port}/", "https://[fe80::1%251]:{port}/", "https://[::1%25lo]:{port}/", "https://[ff02::1]:{port}/",
        "https://[fec0::1]:{port}/", "https://[fc00::1]:{port}/", "https://[fd00:ec2::254]:{port}/",
        // Other networks that are not public.
        "https://10.0.0.1:{port}/", "https://172.16.0.1:{port}/", "https://192.168.1.1:{port}/", "https://100.64.0.1:{port}/",
        "https://169.254.169.254/latest/meta-data/", "https://169.254.169.254/metadata/identity/oauth2/token", "https://168.63.129.16/machine?comp=goalstate",
        "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://169.254.43518/", "https://[::ffff:a9fe:a9fe]/",
        "https://192.0.0.192/", "https://198.18.0.1/", "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/", "https://100.100.100.200/",
        // Names that resolve to private addresses.
        "https://metadata.google.internal/", "https://metadata/", "https://intranet:{port}/", "https://127.0.0.1.nip.io:{port}/", "https://inside.example:{port}/",
        // User information, and text that only looks like a host.
        "https://storage.googleapis.com@127.0.0.1:{port}/", "https://user:password@127.0.0.1:{port}/", "https://127.0.0.1:{port}@storage.googleapis.com/",
        "https://storage.googleapis.com%40127.0.0.1:{port}/", "https://storage.googleapis.com#@127.0.0.1:{port}/",
        "https://storage.googleapis.com\\@127.0.0.1:{port}/", "https:\\\\127.0.0.1:{port}\\", "https:127.0.0.1:{port}/", "https:///127.0.0.1:{port}/",
        "https://127.0.0.1\t:{port}/", "https://127.0.0.1\r\n:{port}/", " https://127.0.0.1:{port}/", "https://127.0.0.1:{port}\u0000.example/",
        // Ports of other protocols.
        "https://storage.googleapis.com:22/", "https://storage.googleapis.com:25/", "https://storage.googleapis.com:80/", "https://storage.googleapis.com:0/",
        "https://storage.googleapis.com:99999/", "https://127.0.0.1:0{port}/",
        // Other schemes, and plain http.
        "http://127.0.0.1:{port}/", "http://storage.googleapis.com/", "http://localhost:{port}/", "HTTP://127.0.0.1:{port}/", "file:///etc/passwd",
        "file://127.0.0.1/share", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_GET", "data:text/plain,x", "dict://127.0.0.1:{port}/",
        "ws://127.0.0.1:{port}/", "wss://127.0.0.1:{port}/", "jar:https://127.0.0.1:{port}!/", "javascript:alert(1)", "ldap://127.0.0.1:{port}/",
        "\\\\127.0.0.1\\share", "//127.0.0.1:{port}/", "/etc/passwd", "127.0.0.1:{port}", "", "https://", "https://:{port}/",
    ];

    /// <summary>Gets other spellings of <c>http://127.0.0.1:{port}</c>, which are not allowed even if loopback is.</summary>
    public static TheoryData<string> OtherLoopbacks =>
    [
        "http://127.0.0.2:{port}/", "http://localhost:{port}/", "http://0x7f.1:{port}/", "http://2130706433:{port}/", "http://127.1:{port}/",
        "http://0177.0.0.1:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://127.0.0.1.:{port}/", "http://127。0。0。1:{port}/",
        "HTTP://127.0.0.1:{port}/", " http://127.0.0.1:{port}/", "http://user@127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@x/",
        "http://127.0.0.1.nip.io:{port}/", "http://0.0.0.0:{port}/", "http:127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "https://127.0.0.1:{port}/",
    ];

    public void Dispose() => _canary.Dispose();

    [Theory]
    [MemberData(nameof(HostileLinks))]
    public Task A_hostile_link_reaches_nothing(string link) => AssertReachesNothingAsync(link, allowLoopback: false);

    [Theory]
    [MemberData(nameof(OtherLoopbacks))]
    public Task With_loopback_allowed_every_other_spelling_of_it_reaches_nothing(string link) => AssertReachesNothingAsync(link, allowLoopback: true);

    [Fact]
    public void The_table_of_hostile_links_has_at_least_eighty() => Assert.True(HostileLinks.Distinct().Count() >= 80);

    [Fact]
    public async Task A_name_that_resolves_to_a_public_and_then_to_a_private_address_never_reaches_the_private_one()
    {
        var round = 0;
        var network = new TestNetwork(_ => round++ % 2 == 0 ? [Public] : [IPAddress.Loopback]);
        await AskAsync(network, 1000);

        Assert.Equal(1000, round);
        Assert.Equal(500, network.Connected.Count);
        Assert.All(network.Connected, endpoint => Assert.Equal(Public, endpoint.Address));
        Assert.False(_canary.Pending());
    }

    [Fact]
    public async Task A_name_with_one_private_address_is_refused()
    {
        var random = new Random(7);
        var network = new TestNetwork(_ =>
        {
            IPAddress[] answer = [Public, IPAddress.Parse("2a00:1450:4001:80b::2010"), IPAddress.Parse("::ffff:127.0.0.1"), IPAddress.Loopback];
            random.Shuffle(answer);
            return answer;
        });
        await AskAsync(network, 1000);

        Assert.Empty(network.Connected);
        Assert.False(_canary.Pending());
    }

    [Fact]
    public async Task The_address_that_was_checked_is_the_one_that_is_connected_to()
    {
        // The alias resolves to a private address at the second request, so it must be resolved only once.
        var lookups = 0;
        var network = new TestNetwork(_ => lookups++ == 0 ? [Public] : [IPAddress.Loopback]);
        await AskAsync(network, 1);

        Assert.Equal(1, lookups);
        Assert.Equal(new IPEndPoint(Public, Port), Assert.Single(network.Connected));
    }

    [Fact]
    public async Task An_alias_of_a_private_name_is_never_followed()
    {
        // A resolver follows aliases, and returns only the addresses of the last one.
        Dictionary<string, string> aliases = new() { ["rebind.example"] = "cdn.example", ["cdn.example"] = "storage.internal" };
        IPAddress[] inside = [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("169.254.169.254"), IPAddress.Parse("fd00:ec2::254"), IPAddress.IPv6Loopback];
        var round = 0;
        var network = new TestNetwork(host =>
        {
            while (aliases.TryGetValue(host, out var next))
            {
                host = next;
            }

            return host == "storage.internal" ? [inside[round++ % inside.Length]] : [Public];
        });
        await AskAsync(network, 1000);

        Assert.Equal(1000, round);
        Assert.Empty(network.Connected);
        Assert.False(_canary.Pending());
    }

    [Theory]
    [InlineData("https://a.example/", "http://a.example/", true)]
    [InlineData("https://a.example/", "http://127.0.0.1:7071/", true)]
    [InlineData("https://a.example/", "https://b.example/", false)]
    [InlineData("http://127.0.0.1:7071/", "https://b.example/", false)]
    [InlineData("http://127.0.0.1:7071/", "http://127.0.0.1:7072/", false)]
    public void A_redirect_from_https_to_http_is_a_downgrade(string from, string to, bool isDowngrade) =>
        Assert.Equal(isDowngrade, OutboundLink.IsDowngrade(new Uri(from), new Uri(to)));

    [Fact]
    public async Task The_environments_proxy_is_not_used()
    {
        var standard = HttpClient.DefaultProxy;
        var proxy = new ProxyOfOneHost("rebind.example", new Uri(FormattableString.Invariant($"http://127.0.0.1:{Port}")));
        var network = new TestNetwork(_ => [Public]);
        HttpClient.DefaultProxy = proxy;
        try
        {
            await AskAsync(network, 1);
        }
        finally
        {
            HttpClient.DefaultProxy = standard;
        }

        Assert.False(proxy.WasUsed);
        Assert.Equal(new IPEndPoint(Public, Port), Assert.Single(network.Connected));
        Assert.False(_canary.Pending());
    }

    [Fact]
    public async Task Each_address_is_tried_in_turn()
    {
        var other = IPAddress.Parse("8.8.8.8");
        var network = new TestNetwork(_ => [Public, other]);
        await AskAsync(network, 1);

        Assert.Equal([Public, other], network.Connected.Select(endpoint => endpoint.Address));
    }

    private async Task AssertReachesNothingAsync(string link, bool allowLoopback)
    {
        var network = new TestNetwork(host => host is "storage.googleapis.com" ? [Public] : [IPAddress.Loopback]);
        var client = Client(network, allowLoopback, out var http);
        using (http)
        {
            var result = await client.GetAsync(
                new SourceRequest(link.Replace("{port}", Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), new TestProvider(), null, null),
                TestContext.Current.CancellationToken);

            var failure = Assert.IsType<SourceResult.Failed>(result).Failure;
            Assert.False(_canary.Pending());
            Assert.DoesNotContain(network.Connected, endpoint => !PublicAddresses.Contains(endpoint.Address));

            // A link with a public host may be requested (its "credentials" after a # are a fragment). Every other link is refused permanently.
            Assert.True(failure.Reason is FailureReason.InvalidLink or FailureReason.BlockedAddress || network.Connected.All(e => e.Address.Equals(Public)));
        }
    }

    private async Task AskAsync(TestNetwork network, int times)
    {
        var client = Client(network, allowLoopback: false, out var http);
        using (http)
        {
            for (var i = 0; i < times; i++)
            {
                var result = await client.GetAsync(
                    new SourceRequest(FormattableString.Invariant($"https://rebind.example:{Port}/"), new TestProvider(), null, null),
                    TestContext.Current.CancellationToken);
                Assert.IsType<SourceResult.Failed>(result);
            }
        }
    }

    private static SourceClient Client(INetwork network, bool allowLoopback, out OutboundHttp http)
    {
        http = new OutboundHttp(network, Options.Create(new OutboundOptions { AllowLoopback = allowLoopback }));
        return new SourceClient(http, Options.Create(new AssetOptions()), TimeProvider.System);
    }

    // Applies to one host only, because the proxy is shared with other tests that run at the same time.
    private sealed class ProxyOfOneHost(string host, Uri proxy) : IWebProxy
    {
        public bool WasUsed { get; private set; }

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : proxy;

        public bool IsBypassed(Uri destination)
        {
            WasUsed |= destination.Host == host;
            return destination.Host != host;
        }
    }
}
