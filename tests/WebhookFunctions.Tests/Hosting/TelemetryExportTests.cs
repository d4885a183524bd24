using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WebhookFunctions.Hosting;
using WebhookFunctions.Telemetry;

namespace WebhookFunctions.Tests.Hosting;

public sealed class TelemetryExportTests
{
    [Theory]
    [InlineData(null, null, false)]
    [InlineData("", " ", false)]
    [InlineData("InstrumentationKey=00000000-0000-0000-0000-000000000000", null, true)]
    [InlineData(null, "http://127.0.0.1:4317", true)]
    public void Telemetry_leaves_the_process_only_if_a_setting_names_a_destination(string? applicationInsights, string? otlp, bool isWanted) =>
        Assert.Equal(isWanted, TelemetryExport.IsWanted(Configuration(
            (TelemetryExport.ApplicationInsightsSetting, applicationInsights), (TelemetryExport.OtlpSetting, otlp))));

    [Fact]
    public async Task A_collector_gets_the_metrics_the_spans_and_the_logs()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var got = new ConcurrentDictionary<string, string>();
        await using var collector = await CollectorAsync(got, cancellation);
        var configuration = Configuration((TelemetryExport.OtlpSetting, collector.Urls.Single()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddConfiguration(configuration);
        builder.Services.AddMetrics().AddSingleton<WebhookMetrics>().AddTelemetryExport(configuration);

        using (var host = builder.Build())
        {
            await host.StartAsync(cancellation);
            host.Services.GetRequiredService<WebhookMetrics>().Duplicate("gemini");
            WebhookTracing.StartReceive("gemini")?.Dispose();
            host.Services.GetRequiredService<ILogger<TelemetryExportTests>>().LogWarning("A line for {Reader}", "the collector");
            await host.StopAsync(cancellation);
        }

        Assert.Contains("webhooks.duplicates", got["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("receive gemini", got["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("A line for the collector", got["/v1/logs"], StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(params (string Name, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value))).Build();

    private static async Task<WebApplication> CollectorAsync(ConcurrentDictionary<string, string> got, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            // Protobuf keeps text as UTF-8.
            got.AddOrUpdate(context.Request.Path, _ => Encoding.UTF8.GetString(body.ToArray()), (_, before) => before + Encoding.UTF8.GetString(body.ToArray()));
        });
        await collector.StartAsync(cancellation);
        return collector;
    }
}
