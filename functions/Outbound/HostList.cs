namespace WebhookFunctions.Outbound;

/// <summary>List of hosts from which assets may be fetched: exact names, or <c>*.example.com</c> for any name below it. Any port is
/// allowed.</summary>
public sealed class HostList(IEnumerable<string> hosts)
{
    private readonly string[] _hosts = [.. hosts];

    /// <summary>Returns whether the link's host is listed. A name with a trailing dot is another name.</summary>
    public bool Allows(Uri link) => Array.Exists(_hosts, host => Matches(host, link.IdnHost));

    private static bool Matches(string pattern, string host) => pattern.StartsWith("*.", StringComparison.Ordinal)
        ? host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
        : host.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}
