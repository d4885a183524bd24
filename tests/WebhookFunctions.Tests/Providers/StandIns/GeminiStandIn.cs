using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace WebhookFunctions.Tests.Providers.StandIns;

/// <summary>
/// Stands in for the Gemini API: the JWKS with a key that signs tokens, the Files API (which redirects to a second host), batches, interactions
/// and operations. Everything but the JWKS wants the key.
/// </summary>
public sealed class GeminiStandIn : StandInServer
{
    public const string ApiKey = "gemini-api-key";
    public const string JwksPath = "/.well-known/jwks.json";

    // Shared by all: making one takes long. As parameters, since an RSA object serves one thread only.
    private static readonly ConcurrentDictionary<string, RSAParameters> Keys = new(StringComparer.Ordinal);

    private GeminiStandIn(StandInServer storage) => Storage = storage;

    /// <summary>The second host, which files are redirected to. It must not see the key.</summary>
    public StandInServer Storage { get; }

    /// <summary>How often the JWKS was asked for.</summary>
    public int JwksRequests => Requests.Count(request => request.PathAndQuery == JwksPath);

    public static new async Task<GeminiStandIn> StartAsync()
    {
        var server = new GeminiStandIn(await StandInServer.StartAsync());
        await server.ListenAsync();
        server.Publish("key-1");
        return server;
    }

    /// <summary>Publishes keys with these ids and no others; those that were there before stay the same keys.</summary>
    public void Publish(params string[] keyIds)
    {
        var keys = keyIds.Select(id =>
        {
            var key = Key(id);
            return new { kty = "RSA", use = "sig", alg = "RS256", kid = id, n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent) };
        });
        OnJson(JwksPath, JsonSerializer.Serialize(new { keys }));
    }

    /// <summary>A token as Google signs it: RS256, the key's id in its header.</summary>
    public static string Sign(string claims, string keyId = "key-1", string? header = null)
    {
        header ??= $$"""{"alg":"RS256","typ":"JWT","kid":"{{keyId}}"}""";
        using var key = RSA.Create(Key(keyId));
        var signed = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}";
        return $"{signed}.{Base64UrlEncoder.Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>The key of that id, published or not.</summary>
    public static RSAParameters Key(string id) => Keys.GetOrAdd(id, _ =>
    {
        using var key = RSA.Create(2048);
        return key.ExportParameters(includePrivateParameters: true);
    });

    /// <summary>A file of the Files API, below <c>/v1beta</c> or, for batches, <c>/download/v1beta</c>; served by the second host.</summary>
    public void AddFile(string id, byte[] content, string contentType, bool isBatchFile = false)
    {
        var path = $"/storage/{id}{(isBatchFile ? ".jsonl" : "")}";
        Storage.OnBytes(path, content, contentType);
        OnAuthorized(
            $"{(isBatchFile ? "/download" : "")}/v1beta/files/{id}:download",
            context =>
            {
                context.Response.Redirect($"{Storage.Origin}{path}?signature=secret");
                return Task.CompletedTask;
            });
    }

    /// <summary>A file that is still being processed for the first <paramref name="refusals"/> requests.</summary>
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

    /// <summary>A batch, interaction or operation by its path below <c>/v1beta/</c>.</summary>
    public void AddJob(string path, string json) => OnAuthorized($"/v1beta/{path}", context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    });

    private void OnAuthorized(string path, Func<HttpContext, Task> answer) => On(path, context =>
    {
        if (context.Request.Headers["x-goog-api-key"] == ApiKey)
        {
            return answer(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });
}
