using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;

namespace WebhookFunctions.Downloading.Sources;

/// <summary>Request to a source for an asset.</summary>
/// <param name="Link">The link, exactly as received.</param>
/// <param name="Provider">The provider. Its key is sent only to its own API, and its hosts are on the list.</param>
/// <param name="Hosts">The hosts to which any hop may lead; null if the link is trusted and any public address is allowed.</param>
/// <param name="Resume">The point from which to resume; null to request the whole.</param>
public sealed record SourceRequest(string Link, WebhookProvider Provider, HostList? Hosts, ResumePoint? Resume);

/// <summary>Point in an asset from which a download resumes.</summary>
/// <param name="Offset">The offset of the first byte to request.</param>
/// <param name="Validator">The strong validator of the content that is already staged.</param>
/// <param name="TotalBytes">The length of the whole asset; null if it is not known.</param>
public sealed record ResumePoint(long Offset, string Validator, long? TotalBytes);
