using WebhookFunctions.Outbound;
using WebhookFunctions.Providers;

namespace WebhookFunctions.Downloading.Sources;

/// <summary>What is asked of a source.</summary>
/// <param name="Link">The link exactly as it came.</param>
/// <param name="Provider">Whose it is: its key goes to its own API, and its hosts are on the list.</param>
/// <param name="Hosts">The hosts that any hop may lead to; null where the link is trusted and any public address is good.</param>
/// <param name="Resume">What is there already; null where nothing is.</param>
public sealed record SourceRequest(string Link, WebhookProvider Provider, HostList? Hosts, ResumePoint? Resume);

/// <summary>The rest of an asset of which the beginning is there.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Validator">The strong validator of the asset that the beginning belongs to.</param>
/// <param name="TotalBytes">The length of the whole asset; null where it is not known.</param>
public sealed record ResumePoint(long Offset, string Validator, long? TotalBytes);
