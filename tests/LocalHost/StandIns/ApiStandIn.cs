using Microsoft.AspNetCore.Http;

namespace LocalHost.StandIns;

/// <summary>Stand-in for a provider's API that answers only requests with its key.</summary>
/// <param name="keyHeader">The header of the key.</param>
/// <param name="key">The key.</param>
public class ApiStandIn(string keyHeader, string key) : StandInServer
{
    public static async Task<ApiStandIn> StartAsync(string keyHeader, string key, CancellationToken cancellationToken)
    {
        var server = new ApiStandIn(keyHeader, key);
        await server.ListenAsync(cancellationToken);
        return server;
    }

    /// <summary>Answers requests as <see cref="StandInServer.On"/> does, but those without the key with 403.</summary>
    public void OnAuthorized(string path, Func<HttpContext, Task> answer) => On(path, context =>
    {
        if (context.Request.Headers[keyHeader] == key)
        {
            return answer(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>Adds a document for requests with the key.</summary>
    public void AddDocument(string path, string content, string contentType = "application/json") => OnAuthorized(path, context =>
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(content);
    });

    /// <summary>Adds a redirect for requests with the key.</summary>
    public void AddRedirect(string path, string location) => OnAuthorized(path, context =>
    {
        context.Response.Redirect(location);
        return Task.CompletedTask;
    });
}
