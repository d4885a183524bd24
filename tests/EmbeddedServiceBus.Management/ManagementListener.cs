using System.Globalization;
using System.Net;
using System.Net.Mime;
using System.Xml.Linq;
using EmbeddedServiceBus.Amqp;
using EmbeddedServiceBus.Amqp.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace EmbeddedServiceBus.Management;

/// <summary>
/// Listener that serves the reading part of Service Bus's management over HTTP: the queues, their declarations and their counts.
/// It answers <c>ServiceBusAdministrationClient</c> with the Atom documents of
/// https://learn.microsoft.com/rest/api/servicebus/queues, and <c>GET /health</c> as Microsoft's emulator does.
/// </summary>
public sealed class ManagementListener : IAsyncDisposable
{
    private const string Health = "health";
    private const string Queues = "$resources/queues";
    private const string Topics = "$resources/topics";

    /// <summary>The maximum number of entities in one answer of the service.</summary>
    private const int MaxPage = 100;

    private readonly ManagementListenerOptions options;
    private readonly WebApplication app;

    private ManagementListener(ManagementListenerOptions options)
    {
        this.options = options;
        // An empty builder reads no environment variables, which could set another port, and writes no log.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen);
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    /// <summary>The port on which it listens.</summary>
    public int Port { get; private set; }

    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<ManagementListener> OpenAsync(ManagementListenerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var listener = new ManagementListener(options);
        try
        {
            await listener.app.StartAsync(cancellationToken).ConfigureAwait(false);
            var addresses = listener.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
            listener.Port = BindingAddress.Parse(addresses.First()).Port;
            return listener;
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the requests that are in progress, and frees the port.</summary>
    public async ValueTask DisposeAsync() => await app.DisposeAsync().ConfigureAwait(false);

    private void Listen(KestrelServerOptions server)
    {
        if (options.Address is { } address)
            server.Listen(address, options.Port);
        else if (options.Port != 0)
            server.ListenLocalhost(options.Port);
        else
            // Kestrel cannot find a port that is free on both loopback addresses.
            server.Listen(IPAddress.Loopback, 0);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = EntityPath.Normalize(context.Request.Path);
        if (path == Health)
            await ReportAsync(context).ConfigureAwait(false);
        else if (!IsAuthorized(context.Request, path))
            await RefuseAsync(context, 401, "A token of the namespace's key is required: 'Authorization: SharedAccessSignature …'.").ConfigureAwait(false);
        else if (!HttpMethods.IsGet(context.Request.Method))
            await RefuseAsync(context, 405, "Queues are declared at the emulator's start. Management can only read them.").ConfigureAwait(false);
        else if (path == Queues)
            await ListAsync(context).ConfigureAwait(false);
        else if (path == Topics)
            await WriteAsync(context, QueueFeed.Create("Topics", Self(context.Request), next: null, [])).ConfigureAwait(false);
        else if (options.Broker.Queues.FirstOrDefault(queue => string.Equals(queue.Name, path, StringComparison.OrdinalIgnoreCase)) is { } queue)
            await WriteAsync(context, await EntryAsync(context, queue).ConfigureAwait(false)).ConfigureAwait(false);
        else
            await RefuseAsync(context, 404, $"The entity '{path}' does not exist.").ConfigureAwait(false);
    }

    /// <summary>Answers 200 when the broker works, and 503 when its file fails or it is closed.</summary>
    private async Task ReportAsync(HttpContext context)
    {
        var isHealthy = true;
        try
        {
            foreach (var queue in options.Broker.Queues.Take(1))
                await options.Broker.GetCountsAsync(queue.Name, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is BrokerException or ObjectDisposedException)
        {
            isHealthy = false;
        }

        await WriteAsync(
            context,
            isHealthy ? 200 : 503,
            MediaTypeNames.Application.Json,
            isHealthy ? """{"status":"healthy"}""" : """{"status":"unhealthy"}""").ConfigureAwait(false);
    }

    private async Task ListAsync(HttpContext context)
    {
        var skip = Number(context, "$skip", 0);
        var top = Math.Min(Number(context, "$top", MaxPage), MaxPage);
        var entries = new List<XElement>();
        foreach (var queue in options.Broker.Queues.OrderBy(queue => queue.Name, StringComparer.OrdinalIgnoreCase).Skip(skip).Take(top))
            entries.Add(await EntryAsync(context, queue).ConfigureAwait(false));
        var self = Self(context.Request);
        var end = skip + entries.Count;
        var next = end < options.Broker.Queues.Count ? new Uri(self, $"?$skip={end}&$top={top}") : null;
        await WriteAsync(context, QueueFeed.Create("Queues", self, next, entries)).ConfigureAwait(false);
    }

    private async Task<XElement> EntryAsync(HttpContext context, QueueOptions queue) => QueueFeed.Entry(
        new Uri(Self(context.Request), $"/{queue.Name}"),
        queue,
        await options.Broker.GetCountsAsync(queue.Name, context.RequestAborted).ConfigureAwait(false),
        await options.Broker.GetSizeAsync(queue.Name, context.RequestAborted).ConfigureAwait(false));

    private static Uri Self(HttpRequest request) => new(request.GetEncodedUrl());

    private bool IsAuthorized(HttpRequest request, string path) =>
        request.Headers.Authorization is [{ } text]
        && SharedAccessSignature.Parse(text) is { } token
        && token.Verify(options.Key, options.TimeProvider.GetUtcNow()) is not null
        && EntityPath.Covers(token.Path, path);

    private static int Number(HttpContext context, string name, int absent) =>
        int.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : absent;

    private static Task RefuseAsync(HttpContext context, int status, string detail) => WriteAsync(
        context,
        status,
        MediaTypeNames.Application.Xml,
        new XElement("Error", new XElement("Code", status), new XElement("Detail", detail)).ToString(SaveOptions.DisableFormatting));

    private static Task WriteAsync(HttpContext context, XElement document) =>
        WriteAsync(context, 200, "application/atom+xml;charset=utf-8", document.ToString(SaveOptions.DisableFormatting));

    private static Task WriteAsync(HttpContext context, int status, string contentType, string content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(content, context.RequestAborted);
    }
}
