using System.Text.Json;
using CsCheck;
using LocalHost.Samples;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Storage.Jobs;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Tests that all spellings of a job's id, by a webhook or by a person, lead to the same row, blob prefix and tombstone.</summary>
public sealed class CanonicalJobIdTests
{
    private static readonly ProviderBench Bench = new([.. SampleSettings.All]);

    private static readonly Gen<string> Segment = Gen.String[Gen.Char["abcxyzABCXYZ0129_~=-"], 1, 40];

    private static readonly Gen<string> Uuid = Gen.Guid.Select(guid => guid.ToString("D"));

    private static ProviderCatalog Catalog => Bench.Catalog;

    public static TheoryData<string> Providers => [.. Catalog.All.Select(provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Providers))]
    public void The_canonical_spelling_of_a_canonical_spelling_is_itself(string provider) => Gen
        .Frequency(
            (3, Spellings(provider).SelectMany(spellings => Gen.Int[0, spellings.Count - 1].Select(i => spellings[i]))),
            (1, Gen.String),
            (1, Gen.String[Gen.Char["/.:%bateshinroplvV1?#"], 0, 60]),
            (1, Gen.String[Gen.Char.AlphaNumeric, EventKey.MaxWebhookIdLength - 1, EventKey.MaxWebhookIdLength + 300]))
        .Sample(id =>
        {
            var canonical = Catalog.CanonicalJobId(provider, id);
            Assert.Equal(canonical, Catalog.CanonicalJobId(provider, canonical));
        });

    [Theory]
    [MemberData(nameof(Providers))]
    public void All_spellings_of_a_job_lead_to_the_same_key(string provider) => Spellings(provider).Sample(
        spellings => Assert.Single(spellings.Select(id => JobStore.PartitionKeyOf(provider, Catalog.CanonicalJobId(provider, id))).Distinct()));

    [Theory]
    [MemberData(nameof(Providers))]
    public void Different_ids_stay_different(string provider) => Gen.Select(Segment, Segment).Sample((one, other) =>
        Assert.Equal(one == other, Catalog.CanonicalJobId(provider, one) == Catalog.CanonicalJobId(provider, other)));

    [Theory]
    [MemberData(nameof(Providers))]
    public void A_webhook_and_an_operator_with_any_spelling_refer_to_the_same_job(string provider) => Spellings(provider).Sample(spellings =>
    {
        foreach (var sent in spellings)
        {
            var generation = Interpret(provider, sent);
            Assert.All(spellings, spelling => Assert.Equal(generation.JobId, Catalog.CanonicalJobId(provider, spelling)));
            Assert.Equal(sent, generation.SentJobId ?? generation.JobId);
        }
    });

    [Theory]
    [MemberData(nameof(Providers))]
    public void A_job_whose_id_is_too_long_for_a_message_is_found_by_its_id(string provider)
    {
        var id = new string('a', EventKey.MaxWebhookIdLength + 1);

        Assert.Equal(Interpret(provider, id).JobId, Catalog.CanonicalJobId(provider, id));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void An_operator_with_the_webhook_id_refers_to_the_job_of_an_event_that_names_none(string provider) => Spellings(provider).Sample(spellings =>
    {
        foreach (var webhookId in spellings)
        {
            var received = ProviderBench.Received(provider, "{}", webhookId: webhookId);
            Assert.Equal(Catalog.CanonicalJobId(provider, webhookId), Bench[provider].InterpretAny(received).JobIdOr(received.Key));
        }
    });

    /// <summary>Every place of a webhook in which a service names its job: <c>ID</c> stands for the id.</summary>
    public static TheoryData<string, string> Places => new()
    {
        { "fal", """{"request_id":"ID","gateway_request_id":"3f0d6e7a-0000-4000-8000-000000000000","status":"OK","payload":{"images":[]}}""" },
        { "bfl", """{"id":"ID","status":"Ready","result":{"sample":"https://delivery.bfl.ai/a.jpg"}}""" },
        { "bfl", """{"task_id":"ID","status":"Ready","result":{"sample":"https://delivery.bfl.ai/a.jpg"}}""" },
        { "heygen", """{"event_type":"avatar_video.success","event_data":{"video_id":"ID","callback_id":"another"}}""" },
        { "heygen", """{"event_type":"video_translate.success","event_data":{"video_translate_id":"ID"}}""" },
        { "heygen", """{"event_type":"video_agent.success","event_data":{"id":"ID"}}""" },
        { "openrouter", """{"type":"video.generation.completed","data":{"id":"ID","status":"completed"}}""" },
        { "leonardo", """{"type":"image_generation.complete","data":{"object":{"id":"ID","status":"COMPLETE","images":[{"id":"i","generationId":"another","url":"https://cdn.leonardo.ai/1.jpg"}]}}}""" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void A_service_names_one_job_in_each_place_and_spelling(string provider, string body) => Spellings(provider).Sample(spellings =>
        Assert.Equal(
            JobStore.PartitionKeyOf(provider, Catalog.CanonicalJobId(provider, spellings[0])),
            Assert.Single(spellings
                .Select(id => Bench[provider].InterpretAny(ProviderBench.Received(provider, body.Replace("ID", id, StringComparison.Ordinal))).JobId!)
                .Select(id => JobStore.PartitionKeyOf(provider, id))
                .Distinct())));

    /// <summary>Returns a job's id in every known spelling of the provider.</summary>
    private static Gen<IReadOnlyList<string>> Spellings(string provider) => provider switch
    {
        "gemini" => Gen.OneOf(
            Segment.Select(IReadOnlyList<string> (id) => [id, .. Forms($"batches/{id}")]),
            Segment.Select(IReadOnlyList<string> (id) => [id, .. Forms($"interactions/{id}")]),
            Segment.Select(IReadOnlyList<string> (id) => [id, .. Forms($"operations/{id}"), .. Forms($"models/veo-3.1/operations/{id}")])),
        "sync" => Uuid.Select(IReadOnlyList<string> (id) => [id, id.ToUpperInvariant(), $"https://api.sync.so/v2/generate/{id}"]),
        "geminigen" => Uuid.Select(IReadOnlyList<string> (id) => [id, id.ToUpperInvariant(), $"https://api.geminigen.ai/uapi/v1/history/{id}"]),
        "replicate" => Segment.Select(IReadOnlyList<string> (id) => [id, $"https://replicate.com/p/{id}", $"https://api.replicate.com/v1/predictions/{id}"]),
        "openrouter" => Segment.Select(IReadOnlyList<string> (id) =>
            [id, $"https://openrouter.ai/api/v1/videos/{id}", $"/api/v1/videos/{id}", $"https://openrouter.ai/api/v1/videos/{id}/content?index=0"]),
        "fal" => Uuid.Select(IReadOnlyList<string> (id) =>
        [
            id,
            id.ToUpperInvariant(),
            $"https://queue.fal.run/fal-ai/flux/requests/{id}",
            $"https://queue.fal.run/fal-ai/kling-video/v2/master/requests/{id}/status?logs=1",
            $"https://queue.fal.run/fal-ai/flux/requests/{id.ToUpperInvariant()}/cancel",
        ]),
        "bfl" => Uuid.Select(IReadOnlyList<string> (id) =>
        [
            id,
            id.ToUpperInvariant(),
            $"https://api.bfl.ai/v1/get_result?id={id}",
            $"https://api.eu.bfl.ai/v1/get_result?id={id}",
            $"https://api.us1.bfl.ai/v1/get_result?id={id}&region=us",
        ]),
        "heygen" => Gen.Guid.Select(guid => guid.ToString("N")).Select(IReadOnlyList<string> (id) =>
        [
            id,
            $"https://api.heygen.com/v1/video_status.get?video_id={id}",
            $"https://api.heygen.com/v2/video_translate/{id}",
            $"https://api.heygen.com/v3/videos/{id}",
            $"https://app.heygen.com/share/{id}?sid=video-preview",
        ]),
        "leonardo" => Uuid.Select(IReadOnlyList<string> (id) => [id, id.ToUpperInvariant(), $"https://cloud.leonardo.ai/api/rest/v1/generations/{id}"]),
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "Its spellings are not listed here."),
    };

    private static IEnumerable<string> Forms(string name) => [name, $"v1beta/{name}", $"https://generativelanguage.googleapis.com/v1beta/{name}"];

    private static GenerationEvent Interpret(string provider, string id) =>
        Bench[provider].InterpretAny(ProviderBench.Received(provider, Body(provider, id)));

    private static string Body(string provider, string id) => provider switch
    {
        "gemini" => JsonSerializer.Serialize(new { type = "video.generated", data = new { id } }),
        "geminigen" => JsonSerializer.Serialize(new { @event = "VIDEO_GENERATION_COMPLETED", uuid = "e", data = new { uuid = id } }),
        "sync" or "replicate" => JsonSerializer.Serialize(new { id, status = "COMPLETED" }),
        _ => ProviderSamples.All.Single(samples => samples.Name == provider).Samples[0].Write(new SampleScene(id, ProviderBench.Now, file => $"https://media.example/{file}")).Body,
    };
}
