using Microsoft.AspNetCore.Http;

namespace LocalHost.StandIns;

/// <summary>Stands in for a provider's API, which answers only those who show its key.</summary>
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

    /// <summary>As <see cref="StandInServer.On"/>, with 403 for requests without the key.</summary>
    public void OnAuthorized(string path, Func<HttpContext, Task> answer) => On(path, context =>
    {
        if (context.Request.Headers[keyHeader] == key)
        {
            return answer(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>A document, for those with the key.</summary>
    public void AddDocument(string path, string content, string contentType = "application/json") => OnAuthorized(path, context =>
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(content);
    });

    /// <summary>A file that lies elsewhere, where those with the key are sent.</summary>
    public void AddRedirect(string path, string location) => OnAuthorized(path, context =>
    {
        context.Response.Redirect(location);
        return Task.CompletedTask;
    });
}
