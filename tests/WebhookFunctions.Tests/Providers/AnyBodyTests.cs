using System.Text;
using WebhookFunctions.Json;
using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Providers;

/// <summary>Tests of unusual bodies. <see cref="ProviderConformanceTests"/> tests every provider with generated bodies.</summary>
public sealed class AnyBodyTests
{
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
    public void An_object_with_an_invalid_name_is_not_accepted(string json) => Assert.Null(EventJson.TryParse(Encoding.UTF8.GetBytes(json)));
}
