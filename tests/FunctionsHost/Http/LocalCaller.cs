using System.Net;
using Microsoft.AspNetCore.Http;

namespace FunctionsHost.Http;

/// <summary>
/// Tells requests of programs on this machine from those that a tunnel brings in or that a web page makes its visitor's browser send. Best effort: a
/// tunnel that rewrites the Host header and adds none of its own looks the same as a program here.
/// </summary>
internal static class LocalCaller
{
    private const string FetchSite = "Sec-Fetch-Site";

    // What tunnels and proxies say whom they speak for with: RFC 7239, and its forerunners.
    private static readonly string[] ForwardingHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "X-Original-Host"];

    /// <summary>Says whether a program on this machine, or a page that this host itself served, made the request.</summary>
    public static bool Made(HttpRequest request) =>
        IsLoopback(request.Host.Host)
        && ForwardingHeaders.All(name => request.Headers[name].All(value => value is null || ForwardedFor(value).All(IsLoopback)))
        && request.Headers.Origin.All(origin => origin == $"{request.Scheme}://{request.Host}")
        && request.Headers[FetchSite].All(site => site is "same-origin" or "none");

    /// <summary>The hosts that a header names: in <c>for=…;host=…</c> the values, elsewhere the elements of the list.</summary>
    private static IEnumerable<string> ForwardedFor(string value) => value
        .Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(part => !part.StartsWith("proto=", StringComparison.OrdinalIgnoreCase))
        .Select(part => new HostString(part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"')).Host);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
