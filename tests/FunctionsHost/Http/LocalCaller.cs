using System.Net;
using Microsoft.AspNetCore.Http;

namespace FunctionsHost.Http;

/// <summary>
/// Detector of requests by programs on this machine, as opposed to requests through a tunnel or by a web page in a browser. It is best effort: a tunnel
/// that rewrites the Host header and adds no header looks like a local program.
/// </summary>
internal static class LocalCaller
{
    private const string FetchSite = "Sec-Fetch-Site";

    // Headers in which tunnels and proxies name their caller: RFC 7239 and its predecessors.
    private static readonly string[] ForwardingHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "X-Original-Host"];

    /// <summary>Returns whether a program on this machine, or a page served by this host, made the request.</summary>
    public static bool Made(HttpRequest request) =>
        IsLoopback(request.Host.Host)
        && ForwardingHeaders.All(name => request.Headers[name].All(value => value is null || ForwardedFor(value).All(IsLoopback)))
        && request.Headers.Origin.All(origin => origin == $"{request.Scheme}://{request.Host}")
        && request.Headers[FetchSite].All(site => site is "same-origin" or "none");

    /// <summary>Returns the hosts that a header names: the values of <c>for=…;host=…</c>, or the elements of a list.</summary>
    private static IEnumerable<string> ForwardedFor(string value) => value
        .Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(part => !part.StartsWith("proto=", StringComparison.OrdinalIgnoreCase))
        .Select(part => new HostString(part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"')).Host);

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
