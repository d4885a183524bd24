using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WebhookFunctions.Providers;

/// <summary>
/// Hosted service that logs at the start which providers are off because of an invalid setting, and which are weak. Otherwise this would show only
/// when a webhook is rejected or left unconfirmed.
/// </summary>
internal sealed partial class ProviderStart(ProviderCatalog catalog, ILogger<ProviderStart> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var provider in catalog.All)
        {
            foreach (var problem in provider.Problems)
            {
                Log.InvalidSetting(logger, provider.Name, problem.Setting, problem.Reason);
            }

            if (provider.Weakness is { } weakness)
            {
                Log.Weak(logger, provider.Name, weakness);
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Provider {Provider} is off: setting {Setting} {Reason}")]
        public static partial void InvalidSetting(ILogger logger, string provider, string setting, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Provider {Provider} is weak. {Weakness}")]
        public static partial void Weak(ILogger logger, string provider, string weakness);
    }
}
