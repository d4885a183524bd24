using System.Collections.Concurrent;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Benchmarks.Servers.Blobs;

/// <summary>
/// Server that implements enough of Blob Storage's REST API to accept a block blob, and discards the bytes, so that the sender is the bottleneck.
/// It accepts every caller, and every container exists.
/// Document: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api.
/// </summary>
internal sealed class BlobSinkServer
{
    private readonly ConcurrentDictionary<string, SinkBlob> _blobs = new(StringComparer.Ordinal);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var builder = ServerHost.CreateBuilder();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        await using var app = builder.Build();
        var sink = new BlobSinkServer();
        app.Run(sink.AnswerAsync);
        await ServerHost.ServeAsync(app, () => Task.FromResult(0L), cancellationToken);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers["x-ms-request-id"] = context.TraceIdentifier;
        response.Headers["x-ms-version"] = request.Headers["x-ms-version"];
        response.Headers.ETag = "\"0x1\"";
        response.Headers.LastModified = "Thu, 01 Jan 2026 00:00:00 GMT";
        var blob = _blobs.GetOrAdd(request.Path.Value!, _ => new SinkBlob());
        switch (request.Method, request.Query["comp"].ToString())
        {
            case ("PUT", "block"):
                blob.Staged[request.Query["blockid"].ToString()] = await DiscardAsync(context);
                response.StatusCode = StatusCodes.Status201Created;
                break;
            case ("PUT", "blocklist"):
                var named = (await XDocument.LoadAsync(request.Body, LoadOptions.None, context.RequestAborted)).Root!.Elements();
                Commit(blob, named.Sum(block => blob.Staged[block.Value]), context);
                break;
            case ("PUT", "") when request.Query["restype"] == "container":
                response.StatusCode = StatusCodes.Status201Created;
                break;
            case ("PUT", ""):
                Commit(blob, await DiscardAsync(context), context);
                break;
            case ("PUT", "properties" or "metadata"):
                break;
            case ("GET", "blocklist"):
                await WriteXmlAsync(response, new XElement(
                    "BlockList",
                    new XElement("CommittedBlocks"),
                    new XElement(
                        "UncommittedBlocks",
                        blob.Staged.Select(block => new XElement("Block", new XElement("Name", block.Key), new XElement("Size", block.Value))))));
                break;
            case ("GET", "list"):
                await WriteXmlAsync(response, List(request));
                break;
            case ("HEAD", ""):
                if (blob.IsCommitted)
                {
                    blob.Describe(response);
                }
                else
                {
                    SetError(response, StatusCodes.Status404NotFound, "BlobNotFound");
                }

                break;
            default:
                SetError(response, StatusCodes.Status501NotImplemented, "NotImplemented");
                break;
        }
    }

    private static void Commit(SinkBlob blob, long length, HttpContext context)
    {
        if (blob.TryCommit(length, context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status201Created;
        }
        else
        {
            SetError(context.Response, StatusCodes.Status409Conflict, "BlobAlreadyExists");
        }
    }

    private XElement List(HttpRequest request)
    {
        var container = $"{request.Path.Value}/";
        var prefix = container + request.Query["prefix"];
        return new XElement(
            "EnumerationResults",
            new XElement(
                "Blobs",
                _blobs.Where(blob => blob.Value.IsCommitted && blob.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(blob => new XElement(
                    "Blob",
                    new XElement("Name", blob.Key[container.Length..]),
                    new XElement("Properties", new XElement("Content-Length", blob.Value.Length), new XElement("BlobType", "BlockBlob"))))),
            new XElement("NextMarker"));
    }

    private static async Task<long> DiscardAsync(HttpContext context)
    {
        var bytes = 0L;
        while (true)
        {
            var read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
            bytes += read.Buffer.Length;
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return bytes;
            }
        }
    }

    private static Task WriteXmlAsync(HttpResponse response, XElement element)
    {
        response.ContentType = "application/xml";
        return response.WriteAsync($"<?xml version=\"1.0\" encoding=\"utf-8\"?>{element}");
    }

    private static void SetError(HttpResponse response, int status, string code)
    {
        response.StatusCode = status;
        response.Headers["x-ms-error-code"] = code;
    }
}
