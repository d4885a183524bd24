using System.Text;
using LocalHost.Samples;

namespace LocalHost.Demo;

/// <summary>What the demo sends: every sample of every provider and a duplicate of each, a forgery and, where the time is signed, a stale one.</summary>
internal static class DeliveryPlan
{
    private static readonly TimeSpan Staleness = TimeSpan.FromHours(1);

    public static IReadOnlyList<Delivery> Of(
        IReadOnlyList<(ProviderSamples Provider, SampleSigner Signer)> providers, MediaServer media, TimeProvider clock)
    {
        var plan = new List<Delivery>();
        foreach (var (provider, signer) in providers)
        {
            SampleScene? scene = null;
            foreach (var sample in provider.Samples)
            {
                scene = sample.ContinuesJob ? scene!.Later() : NewScene();
                var genuine = Sign(sample, scene, DeliveryKind.Genuine, signer, scene.Now);
                plan.Add(genuine);
                plan.Add(genuine with { Kind = DeliveryKind.Duplicate });
            }

            plan.Add(Sign(provider.Samples[0], NewScene(), DeliveryKind.Forged, provider.NewKeys().Signer, clock.GetUtcNow()));
            if (signer.SignsTime)
            {
                plan.Add(Sign(provider.Samples[0], NewScene(), DeliveryKind.Stale, signer, clock.GetUtcNow() - Staleness));
            }

            Delivery Sign(Sample sample, SampleScene about, DeliveryKind kind, SampleSigner by, DateTimeOffset at)
            {
                var webhook = sample.Write(about);
                return new Delivery(
                    provider.Name, sample, webhook, about, kind, by.Sign(webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body), at));
            }
        }

        return plan;

        SampleScene NewScene() => new(SampleScene.NewId(), clock.GetUtcNow(), media.Add);
    }
}
