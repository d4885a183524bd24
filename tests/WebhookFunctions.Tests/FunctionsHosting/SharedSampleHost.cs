using FunctionsHost.Http;

namespace WebhookFunctions.Tests.FunctionsHosting;

/// <summary>Fixture with one host for tests that do not affect each other.</summary>
public sealed class SharedSampleHost : IAsyncLifetime
{
    public const int BodyLimit = 10_000;

    internal SampleHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // This variable is not an app setting, so the worker must not inherit it.
        Environment.SetEnvironmentVariable("SAMPLE_STRAY", "stray");
        Host = await SampleHost.StartAsync(options => options with
        {
            Settings = new Dictionary<string, string>(options.Settings)
            {
                [HttpFront.BodySizeSetting] = $"{BodyLimit}",
                ["SAMPLE_SETTING"] = "a value",
            },
        });
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
