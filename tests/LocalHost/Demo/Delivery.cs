using System.Text;
using LocalHost.Samples;
using Microsoft.AspNetCore.Http;

namespace LocalHost.Demo;

/// <summary>In which way a webhook is sent. Each is sent in all of them, in this order.</summary>
internal enum DeliveryKind
{
    /// <summary>Signed with a key that is not the provider's.</summary>
    Forged,

    /// <summary>Signed by the provider, an hour ago.</summary>
    Stale,

    /// <summary>As the provider sends it.</summary>
    Genuine,

    /// <summary>The genuine one once more.</summary>
    Duplicate,
}

/// <summary>One POST that the demo makes.</summary>
internal sealed record Delivery(
    DemoProvider By, Sample Sample, SampleWebhook Webhook, SampleScene Scene, DeliveryKind Kind, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The provider's name.</summary>
    public string Provider => By.Samples.Provider;

    /// <summary>The job that it tells of.</summary>
    public string JobId => Webhook.JobId ?? Scene.JobId;

    public ReadOnlyMemory<byte> Body { get; } = Encoding.UTF8.GetBytes(Webhook.Body);

    /// <summary>A forgery is a bad signature like any other: its sender learns nothing else.</summary>
    public int ExpectedStatus =>
        Kind is DeliveryKind.Genuine or DeliveryKind.Duplicate ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;

    public override string ToString() => $"{By.Samples.Name} {Sample.Event}";
}

/// <summary>A POST and what it was answered.</summary>
internal sealed record Answer(Delivery Delivery, int Status, TimeSpan Duration)
{
    public bool IsAsExpected => Status == Delivery.ExpectedStatus;
}
