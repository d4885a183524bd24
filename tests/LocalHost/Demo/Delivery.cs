using System.Text;
using LocalHost.Samples;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Verification;

namespace LocalHost.Demo;

/// <summary>Form in which a webhook is sent. Each is sent in all forms, in this order.</summary>
internal enum DeliveryKind
{
    /// <summary>Signed with a key that is not the provider's.</summary>
    Forged,

    /// <summary>Signed by the provider, an hour ago.</summary>
    Stale,

    /// <summary>As the provider would send it.</summary>
    Genuine,

    /// <summary>The genuine webhook, sent again.</summary>
    Duplicate,
}

/// <summary>POST that the demo makes.</summary>
internal sealed record Delivery(
    DemoProvider By, Sample Sample, SampleWebhook Webhook, SampleScene Scene, DeliveryKind Kind, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The provider's name.</summary>
    public string Provider => By.Samples.Provider;

    /// <summary>The job that it reports.</summary>
    public string JobId => Webhook.JobId ?? Scene.JobId;

    /// <summary>Where it is sent, below the route prefix: with the token that the app's settings demand of the URL.</summary>
    public string Path => By.Samples.TokenSetting is { } setting && By.Keys.Settings.TryGetValue(setting, out var token)
        ? $"{Sample.Path}?{UrlTokens.Parameter}={token}"
        : Sample.Path;

    public ReadOnlyMemory<byte> Body { get; } = Encoding.UTF8.GetBytes(Webhook.Body);

    /// <summary>A forgery is answered like any other bad signature, so that its sender learns nothing.</summary>
    public int ExpectedStatus =>
        Kind is DeliveryKind.Genuine or DeliveryKind.Duplicate ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;

    public override string ToString() => $"{By.Samples.Name} {Sample.Event}";
}

/// <summary>A POST and its answer.</summary>
internal sealed record Answer(Delivery Delivery, int Status, TimeSpan Duration)
{
    public bool IsAsExpected => Status == Delivery.ExpectedStatus;
}
