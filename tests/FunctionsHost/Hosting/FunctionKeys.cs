using System.Security.Cryptography;
using System.Text;
using FunctionsHost.Functions;
using Microsoft.AspNetCore.Http;

namespace FunctionsHost.Hosting;

/// <summary>
/// Keys that callers send in the header <c>x-functions-key</c> or, if that is missing, as <c>?code=</c>:
/// https://learn.microsoft.com/azure/azure-functions/function-keys-how-to.
/// </summary>
/// <param name="Function">The key for functions of level Function.</param>
/// <param name="Master">The key for functions of every level, and for the host's own admin routes.</param>
public sealed record FunctionKeys(string Function, string Master)
{
    private const string Header = "x-functions-key";
    private const string QueryParameter = "code";

    /// <summary>Returns whether a request has a key that authorizes it for a level.</summary>
    internal bool Authorize(AuthorizationLevel level, HttpRequest request) => level switch
    {
        AuthorizationLevel.Anonymous => true,
        AuthorizationLevel.Function => Has(request, Function) || Has(request, Master),
        _ => Has(request, Master),
    };

    private static bool Has(HttpRequest request, string key)
    {
        var shown = request.Headers.TryGetValue(Header, out var header) ? header : request.Query[QueryParameter];
        return shown is [{ Length: > 0 } first, ..]
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(first), Encoding.UTF8.GetBytes(key));
    }
}
