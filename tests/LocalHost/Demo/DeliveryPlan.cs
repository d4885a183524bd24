using System.Text;
using LocalHost.Samples;

namespace LocalHost.Demo;

/// <summary>
/// Plan of what the demo sends: every sample of every provider, first forged, then stale (if the time is signed), then genuine, then again. Rejected
/// forms come first: if they had an effect, the genuine one would find its webhook id used.
/// </summary>
internal static class DeliveryPlan
{
    private static readonly TimeSpan Staleness = TimeSpan.FromHours(1);

    public static IReadOnlyList<Delivery> Of(IReadOnlyList<DemoProvider> providers, MediaServer media, TimeProvider clock)
    {
        var plan = new List<Delivery>();
        foreach (var provider in providers)
        {
            var forger = provider.Samples.NewKeys().Signer;
            SampleScene? scene = null;
            foreach (var sample in provider.Samples.Samples)
            {
                scene = sample.ContinuesJob ? scene!.Later() : new SampleScene(SampleScene.NewId(), clock.GetUtcNow(), media.Add, provider.Api);
                plan.AddRange(Ways(provider, sample, sample.Write(scene), scene, forger));
            }
        }

        return plan;
    }

    private static IEnumerable<Delivery> Ways(DemoProvider provider, Sample sample, SampleWebhook webhook, SampleScene scene, SampleSigner forger)
    {
        yield return Signed(DeliveryKind.Forged, forger, scene.Now);
        if (provider.Keys.Signer.SignsTime)
        {
            yield return Signed(DeliveryKind.Stale, provider.Keys.Signer, scene.Now - Staleness);
        }

        var genuine = Signed(DeliveryKind.Genuine, provider.Keys.Signer, scene.Now);
        yield return genuine;
        yield return genuine with { Kind = DeliveryKind.Duplicate };

        Delivery Signed(DeliveryKind kind, SampleSigner by, DateTimeOffset at) =>
            new(provider, sample, webhook, scene, kind, by.Sign(webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body), at));
    }
}
