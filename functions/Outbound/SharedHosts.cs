namespace WebhookFunctions.Outbound;

/// <summary>
/// Hosts on which anybody can rent space. A link to one does not prove who stored the object. A redirect to one by a provider's own host does.
/// </summary>
public static class SharedHosts
{
    private static readonly HostList List = new(
    [
        "*.r2.cloudflarestorage.com", "*.r2.dev", "*.workers.dev", "*.pages.dev",
        "storage.googleapis.com", "*.storage.googleapis.com", "storage.cloud.google.com", "*.googleusercontent.com",
        "firebasestorage.googleapis.com", "*.firebasestorage.app", "*.appspot.com", "*.run.app",
        "*.amazonaws.com", "*.amazonaws.com.cn", "*.cloudfront.net",
        "*.core.windows.net", "*.azureedge.net", "*.azurefd.net", "*.azurewebsites.net",
        "*.digitaloceanspaces.com", "*.backblazeb2.com", "*.wasabisys.com", "*.supabase.co", "*.b-cdn.net", "*.fly.dev", "*.vercel.app",
    ]);

    /// <summary>Returns whether anybody can rent space on the link's host.</summary>
    public static bool Contains(Uri link) =>
        List.Allows(link) || (link.IdnHost is [.., '.'] && List.Allows(new UriBuilder(link) { Host = link.IdnHost.TrimEnd('.') }.Uri));
}
