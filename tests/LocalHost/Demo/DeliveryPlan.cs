using System.Text;
using LocalHost.Samples;

namespace LocalHost.Demo;

/// <summary>
/// Plan of the demo's requests: every sample of every provider, forged, stale (if the time is signed), genuine, and again as a duplicate. The rejected
/// forms come first. If one of them had been recorded, the genuine webhook would be a duplicate and fail the comparison.
/// </summary>
internal static class DeliveryPlan
{
    private static readonly TimeSpan StaleAge = TimeSpan.FromHours(1);

    public static IReadOnlyList<Delivery> Build(IReadOnlyList<DemoProvider> providers, MediaServer media, TimeProvider clock)
    {
        var plan = new List<Delivery>();
        foreach (var provider in providers)
        {
            var forger = provider.Samples.NewKeys().Signer;
            SampleScene? scene = null;
            foreach (var sample in provider.Samples.Samples)
            {
                scene = sample.ContinuesJob ? scene!.Later() : new SampleScene(SampleScene.NewId(), clock.GetUtcNow(), media.Add, provider.Api);
                plan.AddRange(Forms(provider, sample, sample.Write(scene), scene, forger));
            }
        }

        return plan;
    }

    private static IEnumerable<Delivery> Forms(DemoProvider provider, Sample sample, SampleWebhook webhook, SampleScene scene, SampleSigner forger)
    {
        yield return Signed(DeliveryKind.Forged, forger, scene.Now);
        if (provider.Keys.Signer.SignsTime)
        {
            yield return Signed(DeliveryKind.Stale, provider.Keys.Signer, scene.Now - StaleAge);
        }

        var genuine = Signed(DeliveryKind.Genuine, provider.Keys.Signer, scene.Now);
        yield return genuine;
        yield return genuine with { Kind = DeliveryKind.Duplicate };

        Delivery Signed(DeliveryKind kind, SampleSigner by, DateTimeOffset at) =>
            new(provider, sample, webhook, scene, kind, by.Sign(webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body), at));
    }
}
