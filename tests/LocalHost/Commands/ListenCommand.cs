using System.CommandLine;
using System.Net;
using System.Text.Json;
using LocalHost.Hosting;
using LocalHost.Samples;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Model;
using WebhookFunctions.Notifications;
using WebhookFunctions.Settings;
using WebhookFunctions.Verification;

namespace LocalHost.Commands;

/// <summary>Command <c>listen</c> that receives, verifies and prints notifications.</summary>
internal static class ListenCommand
{
    private const int DefaultPort = 7072;

    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "The port of the receiver on 127.0.0.1; 0 selects a free one.", DefaultValueFactory = _ => DefaultPort };
        var json = new Option<bool>("--json") { Description = "Prints each complete notification as one line of JSON." };
        var command = new Command(
            "listen",
            $"Receives notifications of finished jobs, verifies and prints them, until Ctrl+C. The secret is {NotifySettings.SecretSetting} of the environment or "
            + "functions/local.settings.json. If it is missing, a random secret is used.") { port, json };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            arguments.GetRequiredValue(port), arguments.GetValue(json), LocalSettings.Read(), arguments.InvocationConfiguration.Output, cancellationToken));
        return command;
    }

    /// <summary>Listens until <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="port">The port; 0 selects a free one.</param>
    /// <param name="isJson">Whether each complete notification is printed as JSON.</param>
    /// <param name="settings">The app's settings.</param>
    /// <param name="output">The output.</param>
    /// <param name="cancellationToken">Stops the receiver.</param>
    internal static async Task<int> RunAsync(
        int port, bool isJson, IReadOnlyDictionary<string, string> settings, TextWriter output, CancellationToken cancellationToken)
    {
        var known = settings.GetValueOrDefault(NotifySettings.SecretSetting);
        var secret = string.IsNullOrWhiteSpace(known)
            ? StandardWebhooksSigner.NewKeys(NotifySettings.SecretSetting).Settings[NotifySettings.SecretSetting]
            : known;
        var verifier = StandardWebhooks.V1.Verifier(KeysOf(secret), TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        var lines = TextWriter.Synchronized(output);
        app.Run(context => ReceiveAsync(context, verifier, isJson, lines));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new LocalHostException($"Port {port} is in use. Specify another one with --port.", exception);
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        lines.WriteLine("Start the app with these settings, in the environment or in functions/local.settings.json:");
        lines.WriteLine($"  {NotifySettings.UrlSetting}={address}/");
        lines.WriteLine($"  {NotifySettings.SecretSetting}={(secret == known ? "(as it is set)" : secret)}");
        lines.WriteLine("A test notification: curl -X POST http://127.0.0.1:7071/api/notifications/test");
        lines.WriteLine($"Listening: {address}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static HmacKeyRing KeysOf(string secret)
    {
        var settings = new ProviderSettings(
            LocalSettings.ToConfiguration(new Dictionary<string, string> { [NotifySettings.SecretSetting] = secret }), allowLoopback: false);
        return HmacSecrets.Standard(settings, NotifySettings.SecretSetting)
            ?? throw new LocalHostException($"Setting {NotifySettings.SecretSetting} {settings.Problems[0].Reason}.");
    }

    private static async Task ReceiveAsync(HttpContext context, HmacVerifier verifier, bool isJson, TextWriter lines)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var verdict = await verifier.VerifyAsync(new WebhookRequest(context.Request.Headers, body.ToArray()), context.RequestAborted);
        if (verdict.Rejection != RejectionReason.None)
        {
            lines.WriteLine($"Refused: {verdict.Rejection}");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        lines.WriteLine(isJson ? System.Text.Encoding.UTF8.GetString(body.ToArray()) : Describe(body.ToArray()));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static string Describe(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var (root, data) = (document.RootElement, document.RootElement.GetProperty("data"));
        var files = data.GetProperty("assets").EnumerateArray().Select(asset =>
            $"{Environment.NewLine}  {asset.GetProperty("name").GetString()}: {asset.GetProperty("state").GetString()} "
            + (asset.TryGetProperty("blob", out var blob) ? blob.GetString() : asset.TryGetProperty("reason", out var reason) ? reason.GetString() : ""));
        return $"{root.GetProperty("type").GetString()} {root.GetProperty("source").GetString()} {root.GetProperty("subject").GetString()} "
            + $"{root.GetProperty("id").GetString()}{string.Concat(files)}";
    }
}
