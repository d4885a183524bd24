using System.Text;
using CsCheck;
using WebhookFunctions.Json;
using WebhookFunctions.Model;
using WebhookFunctions.Tests.Verification;

namespace WebhookFunctions.Tests.Providers;

/// <summary>What every provider must do with a body that nobody expected.</summary>
public sealed class AnyBodyTests
{
    // The names that providers look for, and some that they do not.
    private static readonly string[] Names =
    [
        "event", "event_name", "uuid", "event_uuid", "data", "media_url", "thumbnail_url", "status", "error", "error_code", "error_message", "model",
        "created_at", "updated_at", "type", "timestamp", "id", "output_file_uri", "file_name", "user_metadata", "metrics", "outputUrl",
        "segmentOutputUrl", "totalGenerations", "output", "version", "completed_at", "other", "",
    ];

    private static readonly string[] Texts =
    [
        "", "x", "COMPLETED", "succeeded", "2", "TTS_TEXT_SUCCESS", "VIDEO_GENERATION_COMPLETED", "batch.succeeded", "video.generated", "interaction.completed",
        "batch_1", "https://cdn.geminigen.ai/a", "files/a", "gs://b/o", "data:,x", "\\ud800", "\\u0000", "..", "2026-01-22T12:00:00Z", "0001-01-01", "9999-12-31T23:59:59Z",
    ];

    private static readonly Gen<string> Value = Gen.Recursive<string>((depth, nested) => depth > 3
        ? Gen.OneOf(Texts).Select(text => $"\"{text}\"")
        : Gen.Frequency(
            (4, Gen.OneOf(Texts).Select(text => $"\"{text}\"")),
            (2, Gen.OneOf("null", "true", "0", "2", "-1", "1e400", "3.5", "123456789012345678901234567890")),
            (1, nested.Array[0, 4].Select(items => $"[{string.Join(',', items)}]")),
            (4, Objects(nested))));

    public static TheoryData<string> Providers() => ["geminigen", "gemini", "sync", "replicate"];

    [Theory]
    [MemberData(nameof(Providers))]
    public void Any_JSON_object_is_interpreted_without_an_exception(string provider)
    {
        using var bench = new ProviderBench(
            SampleSettings.GeminiGen, SampleSettings.Gemini, SampleSettings.Sync, SampleSettings.Replicate, ("GEMINI_API_KEY", "k"));
        Objects(Value).Sample(
            json =>
            {
                using var request = WebhookRequests.Create(json);
                Assert.NotNull(request.Json);
                _ = bench[provider].Identify(request);
                foreach (var coverage in Enum.GetValues<SignatureCoverage>())
                {
                    var said = bench[provider].Interpret(new ReceivedEvent(EventKey.Create(provider, "id"), coverage, ProviderBench.Now, request.Json.Value));

                    Assert.NotEmpty(said.EventType);
                    Assert.Equal(said.Assets.Count, said.Assets.Select(asset => asset.Name).Distinct().Count());
                    Assert.All(said.Assets, asset => Assert.True(asset.Url.Length > 0 || asset.FetchError is not null));
                    Assert.InRange(said.OccurredAt ?? ProviderBench.Now, DateTimeOffset.UnixEpoch, new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero));
                }
            },
            iter: 1_000,
            threads: 1);
    }

    [Fact]
    public void A_job_id_of_any_length_stays_short_enough_for_a_message()
    {
        using var bench = new ProviderBench(SampleSettings.Sync);

        var one = bench.Interpret("sync", $$"""{"id":"{{new string('x', 500_000)}}1"}""").JobId!;
        var other = bench.Interpret("sync", $$"""{"id":"{{new string('x', 500_000)}}2"}""").JobId!;

        Assert.InRange(one.Length, 1, EventKey.MaxWebhookIdLength);
        Assert.NotEqual(one, other);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"id":"x"}""")]
    [InlineData("""{"id":"x","a":{"\udfff":1}}""")]
    public void A_name_that_no_text_can_hold_is_no_object(string json) => Assert.Null(EventJson.TryParse(Encoding.UTF8.GetBytes(json)));

    // Each name once: an object that has one twice is refused before a provider sees it.
    private static Gen<string> Objects(Gen<string> value) => Gen.Select(Gen.Shuffle(Names, 1, 8), value.Array[8])
        .Select((names, values) => "{" + string.Join(',', names.Select((name, i) => $"\"{name}\":{values[i]}")) + "}");
}
