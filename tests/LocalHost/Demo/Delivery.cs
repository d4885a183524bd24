using System.Text;
using LocalHost.Samples;
using Microsoft.AspNetCore.Http;
using WebhookFunctions.Verification;

namespace LocalHost.Demo;

/// <summary>Form in which the demo sends a webhook. It sends each webhook in all forms, in this order.</summary>
internal enum DeliveryKind
{
    /// <summary>The webhook, signed with a key that is not the provider's.</summary>
    Forged,

    /// <summary>The webhook, signed by the provider an hour ago.</summary>
    Stale,

    /// <summary>The webhook as the provider would send it.</summary>
    Genuine,

    /// <summary>The genuine webhook, sent again.</summary>
    Duplicate,
}

/// <summary>Request of the demo that sends a webhook in one form.</summary>
internal sealed record Delivery(
    DemoProvider By, Sample Sample, SampleWebhook Webhook, SampleScene Scene, DeliveryKind Kind, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Gets the provider's name.</summary>
    public string Provider => By.Samples.Provider;

    /// <summary>Gets the id of the job that the webhook reports.</summary>
    public string JobId => Webhook.JobId ?? Scene.JobId;

    /// <summary>Gets the route, below the route prefix, with the URL token if the app's settings require one.</summary>
    public string Path => By.Samples.TokenSetting is { } setting && By.Keys.Settings.TryGetValue(setting, out var token)
        ? $"{Sample.Path}?{UrlTokens.Parameter}={token}"
        : Sample.Path;

    public ReadOnlyMemory<byte> Body { get; } = Encoding.UTF8.GetBytes(Webhook.Body);

    /// <summary>Gets the expected status. A forged webhook is answered like any other invalid signature, so that its sender learns nothing.</summary>
    public int ExpectedStatus =>
        Kind is DeliveryKind.Genuine or DeliveryKind.Duplicate ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;

    public override string ToString() => $"{By.Samples.Name} {Sample.Event}";
}

/// <summary>Answer to a <see cref="Delivery"/>.</summary>
internal sealed record Answer(Delivery Delivery, int Status, TimeSpan Duration)
{
    public bool IsAsExpected => Status == Delivery.ExpectedStatus;
}
