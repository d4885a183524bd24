using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using WebhookFunctions.Outbound;
using WebhookFunctions.Settings;
using WebhookFunctions.Storage.Events;
using WebhookFunctions.Storage.Jobs;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Notifications;

/// <summary>Settings <c>Notify__…</c>, read once at start. A target with an invalid setting is off, and the others stay on.</summary>
public sealed class NotifySettings
{
    /// <summary>One or more addresses, separated by white space, to which signed webhooks are sent.</summary>
    public const string UrlSetting = "Notify__Url";

    /// <summary>The secret that signs those webhooks, <c>whsec_…</c>; several, separated by white space, during a rotation.</summary>
    public const string SecretSetting = "Notify__Secret";

    /// <summary>Whether <see cref="UrlSetting"/> may lead to a private network. The default value is false.</summary>
    public const string AllowPrivateSetting = "Notify__AllowPrivate";

    /// <summary>Whether queue <c>job-results</c> gets notifications. The default value is false.</summary>
    public const string QueueSetting = "Notify__Queue";

    /// <summary>The endpoint of an Event Grid custom topic with the CloudEvents schema.</summary>
    public const string EventGridSetting = "Notify__EventGrid__topicEndpointUri";

    /// <summary>The topic's access key. Without it, the identity is used.</summary>
    public const string EventGridKeySetting = "Notify__EventGrid__topicKey";

    /// <summary>Whether a notification is sent for progress too. The default value is false.</summary>
    public const string AllSetting = "Notify__All";

    /// <summary>Whether a notification is sent for unconfirmed events too. The default value is false.</summary>
    public const string UnconfirmedSetting = "Notify__Unconfirmed";

    /// <summary>The lifetime, in minutes, of the links to the files, from 1 to 1,440. With 0, the default value, notifications contain no
    /// links.</summary>
    public const string LinkMinutesSetting = "Notify__LinkMinutes";

    /// <summary>The name of the target that is queue <c>job-results</c>.</summary>
    public const string QueueTarget = "queue";

    /// <summary>The name of the target that is the Event Grid topic.</summary>
    public const string EventGridTarget = "event-grid";

    /// <summary>The prefix of the names of targets that are addresses.</summary>
    public const string WebhookTarget = "webhook";

    // The other two targets are the queue and the topic.
    private const int MaxUrls = AnnouncementRules.MaxTargets - 2;

    public NotifySettings(IConfiguration configuration, IOptions<OutboundOptions> outbound)
    {
        var settings = new ProviderSettings(configuration, outbound.Value.AllowLoopback);
        AllowsPrivate = settings.Flag(AllowPrivateSetting);
        Webhooks = ReadWebhooks(settings, out var keys);
        Keys = keys;
        EventGrid = ReadEventGrid(settings);
        EventGridKey = settings.Text(EventGridKeySetting);
        SendsToQueue = settings.Flag(QueueSetting);
        LinkLife = ReadLinkLife(settings);
        Rules = new AnnouncementRules(
            [.. Webhooks.Keys, .. EventGrid is null ? [] : (string[])[EventGridTarget], .. SendsToQueue ? (string[])[QueueTarget] : []],
            settings.Flag(AllSetting),
            settings.Flag(UnconfirmedSetting));
        Problems = settings.Problems;
    }

    /// <summary>The addresses by the names of their targets. A name is a digest of the address and does not reveal it.</summary>
    public IReadOnlyDictionary<string, Uri> Webhooks { get; }

    /// <summary>The keys that sign webhooks; null if there are none.</summary>
    public HmacKeyRing? Keys { get; }

    /// <summary>Whether the addresses may lead to a private network.</summary>
    public bool AllowsPrivate { get; }

    /// <summary>The topic's endpoint; null if there is none.</summary>
    public Uri? EventGrid { get; }

    /// <summary>The topic's key; null if the identity is used.</summary>
    public string? EventGridKey { get; }

    /// <summary>Whether queue <c>job-results</c> is a target.</summary>
    public bool SendsToQueue { get; }

    /// <summary>The lifetime of links; null for no links.</summary>
    public TimeSpan? LinkLife { get; }

    /// <summary>The rules that decide which events cause notifications, and for which targets.</summary>
    public AnnouncementRules Rules { get; }

    /// <summary>The problems, with the names of the settings and never their values.</summary>
    public IReadOnlyList<SettingProblem> Problems { get; }

    /// <summary>The problems, each as a line of text for an operator.</summary>
    public IEnumerable<string> ProblemLines =>
        Problems.Select(problem => $"Notifications are not sent as configured: setting {problem.Setting} {problem.Reason}");

    /// <summary>Returns the kind of a target for metrics: its name without the digest of its address.</summary>
    public static string KindOf(string target) => target.StartsWith(WebhookTarget, StringComparison.Ordinal) ? WebhookTarget : target;

    private static Dictionary<string, Uri> ReadWebhooks(ProviderSettings settings, out HmacKeyRing? keys)
    {
        var texts = settings.List(UrlSetting).Distinct(StringComparer.Ordinal).ToList();
        keys = HmacSecrets.Standard(settings, SecretSetting);
        if (texts.Count == 0)
        {
            return [];
        }

        if (texts.Count > MaxUrls)
        {
            settings.Report(UrlSetting, $"contains more than {MaxUrls} addresses");
            return [];
        }

        if (keys is null)
        {
            if (settings.Problems.All(problem => problem.Setting != SecretSetting))
            {
                settings.Report(SecretSetting, $"is missing: {UrlSetting} is set, and each webhook is signed");
            }

            return [];
        }

        var webhooks = new Dictionary<string, Uri>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var link = OutboundLink.Parse(text);
            if (OutboundLink.Problem(link, settings.AllowsLoopback) is not null)
            {
                settings.Report(UrlSetting, settings.AllowsLoopback
                    ? "is neither an https address without user information nor http://127.0.0.1:…"
                    : "is not an https address without user information");
                return [];
            }

            webhooks[NameOf(text)] = link!;
        }

        return webhooks;
    }

    private static string NameOf(string url) => $"{WebhookTarget}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)).AsSpan(0, 4))}";

    private static Uri? ReadEventGrid(ProviderSettings settings)
    {
        if (settings.Text(EventGridSetting) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && (endpoint.Scheme == Uri.UriSchemeHttps || (settings.AllowsLoopback && OutboundLink.IsLoopback(endpoint))))
        {
            return endpoint;
        }

        settings.Report(EventGridSetting, "is not an https address");
        return null;
    }

    private static TimeSpan? ReadLinkLife(ProviderSettings settings)
    {
        if (settings.Text(LinkMinutesSetting) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes <= AssetLinks.MaxLifetime.TotalMinutes)
        {
            return minutes == 0 ? null : TimeSpan.FromMinutes(minutes);
        }

        settings.Report(LinkMinutesSetting, $"is not a number of minutes from 0 to {AssetLinks.MaxLifetime.TotalMinutes}");
        return null;
    }
}
