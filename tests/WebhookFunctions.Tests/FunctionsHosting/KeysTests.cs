using System.Net;
using FunctionsHost.Hosting;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Tests that a host with keys requires them according to the functions' authorization levels.</summary>
public sealed class KeysTests(KeysTests.KeyedHost keyed, KeysTests.GuardedHost guarded) : IClassFixture<KeysTests.KeyedHost>, IClassFixture<KeysTests.GuardedHost>
{
    [Theory]
    [InlineData("GET", "/api/ForFunctionKey", null, HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/ForFunctionKey", "", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/ForFunctionKey", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/ForFunctionKey", "function", HttpStatusCode.OK)]
    [InlineData("GET", "/api/ForFunctionKey", "master", HttpStatusCode.OK)]
    [InlineData("GET", "/api/ForFunctionKey?code=function", null, HttpStatusCode.OK)]
    [InlineData("GET", "/api/ForFunctionKey?code=master", null, HttpStatusCode.OK)]
    [InlineData("GET", "/api/ForFunctionKey?code=function", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/ForMasterKey", "function", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/api/ForMasterKey", "master", HttpStatusCode.OK)]
    [InlineData("GET", "/api/ForMasterKey?code=master", null, HttpStatusCode.OK)]
    [InlineData("GET", "/api/things/one", "wrong", HttpStatusCode.OK)]
    [InlineData("POST", "/admin/functions/Tick", null, HttpStatusCode.Unauthorized)]
    [InlineData("POST", "/admin/functions/Tick", "function", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "/admin/functions/Tick", "master", HttpStatusCode.Accepted)]
    public async Task A_key_authorizes_requests_of_its_level(string method, string path, string? key, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("x-functions-key", key);
        }

        using var answer = await keyed.Host.Http.SendAsync(request, BoundedTest.Token);

        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.Unauthorized)
        {
            Assert.Equal("", await answer.Content.ReadAsStringAsync(BoundedTest.Token));
        }
    }

    [Theory]
    [InlineData("GET", "/api/ForFunctionKey", false, HttpStatusCode.OK)]
    [InlineData("GET", "/api/ForFunctionKey", true, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/ForMasterKey", true, HttpStatusCode.Forbidden)]
    [InlineData("POST", "/admin/functions/Tick", true, HttpStatusCode.Forbidden)]
    [InlineData("GET", "/api/things/one", true, HttpStatusCode.OK)]
    public async Task Without_keys_a_host_may_refuse_operators_from_elsewhere(string method, string path, bool isForeign, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (isForeign)
        {
            request.Headers.Host = "app.tunnel.example";
        }

        using var answer = await guarded.Host.Http.SendAsync(request, BoundedTest.Token);

        Assert.Equal(status, answer.StatusCode);
    }

    public sealed class GuardedHost : IAsyncLifetime
    {
        internal SampleHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await SampleHost.StartAsync(options => options with { OperatorsAreLocal = true });

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    public sealed class KeyedHost : IAsyncLifetime
    {
        internal SampleHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Host = await SampleHost.StartAsync(options => options with { Keys = new FunctionKeys("function", "master") });

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
