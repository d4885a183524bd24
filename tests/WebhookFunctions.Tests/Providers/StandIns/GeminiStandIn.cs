using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LocalHost.Samples;
using LocalHost.StandIns;
using Microsoft.AspNetCore.Http;

namespace WebhookFunctions.Tests.Providers.StandIns;

/// <summary>
/// Stand-in for the Gemini API, with the JWKS, the Files API (which redirects to a second host), batches, interactions and operations. Everything
/// except the JWKS requires the key.
/// </summary>
public sealed class GeminiStandIn : ApiStandIn
{
    public const string ApiKey = "gemini-api-key";
    public const string JwksPath = "/.well-known/jwks.json";

    // Shared by all instances, because creating a key is slow.
    private static readonly ConcurrentDictionary<string, TokenKey> Keys = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, Ed25519Key> Ed25519Keys = new(StringComparer.Ordinal);

    private GeminiStandIn(StandInServer storage)
        : base("x-goog-api-key", ApiKey) => Storage = storage;

    /// <summary>Gets the second host, to which files are redirected. The key must not be sent to it.</summary>
    public StandInServer Storage { get; }

    /// <summary>Gets the number of requests for the JWKS.</summary>
    public int JwksRequests => Requests.Count(request => request.PathAndQuery == JwksPath);

    public static async Task<GeminiStandIn> StartAsync()
    {
        var server = new GeminiStandIn(await StandInServer.StartAsync());
        await server.ListenAsync();
        server.Publish("key-1");
        return server;
    }

    /// <summary>
    /// Publishes exactly the keys with these ids: an Ed25519 and an RSA key for each. The same id always has the same keys.
    /// </summary>
    public void Publish(params string[] keyIds) =>
        OnJson(JwksPath, JsonSerializer.Serialize(new { keys = keyIds.SelectMany(id => new[] { Ed25519(id).ToJwk(), Find(id).ToJwk() }) }));

    /// <summary>Returns the Ed25519 key with an id, published or not.</summary>
    public static Ed25519Key Ed25519(string id) => Ed25519Keys.GetOrAdd(id, _ => Ed25519Key.Create());

    /// <summary>Returns the headers of a dynamic webhook in Google's form <c>v1a</c>.</summary>
    public static (string Name, string? Value)[] SignDynamic(string webhookId, byte[] body, DateTimeOffset at, string keyId = "key-1")
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{webhookId}.{time}."), .. body];
        return
        [
            ("webhook-id", webhookId),
            ("webhook-timestamp", time),
            ("webhook-signature", "v1a," + Convert.ToBase64String(Ed25519(keyId).Sign(signed))),
        ];
    }

    /// <summary>Returns a token in Google's form: RS256, with the key's id in the header.</summary>
    public static string Sign(string claims, string keyId = "key-1", string? header = null) => Find(keyId).Sign(claims, header);

    /// <summary>Returns the RSA key with an id, published or not.</summary>
    public static RSAParameters Key(string id) => Find(id).Parameters;

    /// <summary>Adds a file of the Files API, below <c>/v1beta</c> or, for batches, <c>/download/v1beta</c>. The second host serves it.</summary>
    public void AddFile(string id, byte[] content, string contentType, bool isBatchFile = false)
    {
        var path = $"/storage/{id}{(isBatchFile ? ".jsonl" : "")}";
        Storage.OnBytes(path, content, contentType);
        AddRedirect($"{(isBatchFile ? "/download" : "")}/v1beta/files/{id}:download", $"{Storage.Origin}{path}?signature=secret");
    }

    /// <summary>Adds a file that is not ready for the first <paramref name="refusals"/> requests.</summary>
    public void AddUnfinishedFile(string id, byte[] content, string contentType, int refusals)
    {
        var left = refusals;
        OnAuthorized($"/v1beta/files/{id}:download", context =>
        {
            if (Interlocked.Decrement(ref left) >= 0)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return context.Response.WriteAsync(
                    """{"error":{"code":400,"message":"The File is not in an ACTIVE state and usage is not allowed.","status":"FAILED_PRECONDITION"}}""");
            }

            context.Response.ContentType = contentType;
            return context.Response.Body.WriteAsync(content).AsTask();
        });
    }

    /// <summary>Adds a batch, interaction or operation at a path below <c>/v1beta/</c>.</summary>
    public void AddJob(string path, string json) => AddDocument($"/v1beta/{path}", json);

    private static TokenKey Find(string id) => Keys.GetOrAdd(id, TokenKey.Create);
}
