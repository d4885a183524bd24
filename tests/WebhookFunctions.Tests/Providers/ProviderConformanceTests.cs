using System.Text;
using System.Text.Json;
using CsCheck;
using LocalHost.Samples;
using LocalHost.StandIns;
using WebhookFunctions.Model;
using WebhookFunctions.Providers;
using WebhookFunctions.Tests.Verification;
using WebhookFunctions.Verification;

namespace WebhookFunctions.Tests.Providers;

/// <summary>
/// Tests of the requirements for every provider. They cover each registered provider with samples, and do not start the app.
/// </summary>
public sealed class ProviderConformanceTests(ProviderConformanceTests.Everything everything) : IClassFixture<ProviderConformanceTests.Everything>
{
    // Long enough for any id, and short enough for a column of Azure Tables, which can hold 32 Ki characters.
    private const int MaxText = 32_000;

    public static TheoryData<string> Routes => [.. ProviderSamples.All.Select(samples => samples.Name)];

    /// <summary>Unusual ids that a sender could choose, as JSON strings.</summary>
    private static readonly string[] OddIds =
    [
        "\"\"", "\" \"", "\"..\"", "\"a/b\"", "\"a\\\\b\"", "\"%2e%2e%2f\"", "\"a:b:COMPLETED\"", "\"a?b#c\"", "\"<script>\"", "\"\\u0000\"", "\"\\ud800\"", "\"é🎬\"",
        "\"" + new string('a', 1_024) + "\"", "\"" + new string('€', 4_000) + "\"", "7", "1e400", "-0", "null", "true", "[]", "{}", "[\"a\"]",
    ];

    [Fact]
    public void This_suite_tests_every_address_of_the_app() => Assert.Equal(
        everything.Bench.Catalog.All.SelectMany(configured => everything.Bench[configured.Name].Endpoints.Select(endpoint => Route(configured.Name, endpoint.Mode))).Order(),
        ProviderSamples.All.Select(samples => samples.Name).Order());

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Every_sample_is_genuine_and_has_the_expected_id_and_interpretation(string route)
    {
        var configured = everything[route];
        foreach (var sample in configured.Samples.Samples)
        {
            var (scene, webhook) = Written(sample);

            var (verdict, key) = await configured.VerifyAsync(webhook.Body, configured.Sign(webhook));

            Assert.Equal(RejectionReason.None, verdict.Rejection);
            Assert.Equal(webhook.WebhookId, key?.WebhookId);
            using var document = JsonDocument.Parse(webhook.Body);
            var generation = configured.Provider.InterpretAny(Received(key!, verdict, configured, document.RootElement));
            Assert.Equal(configured.Provider.CanonicalJobId(webhook.JobId ?? scene.JobId), generation.JobId);
            Assert.True(generation.Assurance.IsProven() || !configured.Endpoint.IsProof);
            // The final status of an unproven event is Unconfirmed, and otherwise the interpretation is the same.
            Assert.True(webhook.JobStatus == JobStatus.Unconfirmed || webhook.JobStatus == generation.Status || !generation.Assurance.IsProven(), $"{sample.Event}: {generation.Status}");
            AssertBounded(generation);
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_forged_changed_or_stale_webhook_is_refused(string route)
    {
        var configured = everything[route];
        var (_, webhook) = Written(configured.Samples.Samples[0]);
        var body = Encoding.UTF8.GetBytes(webhook.Body);
        var forged = configured.Samples.NewKeys().Signer.Sign(webhook.WebhookId, body, ProviderBench.Now);
        var genuine = configured.Sign(webhook);

        Assert.False((await configured.VerifyAsync(webhook.Body, forged)).Verdict.IsGenuine);
        Assert.False((await configured.VerifyAsync(webhook.Body, new Dictionary<string, string>())).Verdict.IsGenuine);
        var changed = (await configured.VerifyAsync(webhook.Body + " ", genuine)).Verdict;
        Assert.True(!changed.IsGenuine || !changed.Coverage.CoversBody());
        foreach (var age in (double[])[1, -1])
        {
            var stale = configured.Keys.Signer.Sign(webhook.WebhookId, body, ProviderBench.Now.AddHours(age));
            Assert.Equal(configured.Keys.Signer.SignsTime, !(await configured.VerifyAsync(webhook.Body, stale)).Verdict.IsGenuine);
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task No_value_of_a_header_causes_an_exception_or_is_accepted(string route)
    {
        var configured = everything[route];
        var (_, webhook) = Written(configured.Samples.Samples[0]);
        foreach (var name in configured.Sign(webhook).Keys)
        {
            foreach (var value in (string[])["", " ", ",", "=", "t=,v1=", "v1,", "Bearer", "%%%", "é", "\ud800", new string('9', 40), new string('a', 20_000), string.Join(',', Enumerable.Repeat("v1=00", 5_000))])
            {
                var headers = configured.Sign(webhook).ToDictionary();
                headers[name] = value;

                var (verdict, key) = await configured.VerifyAsync(webhook.Body, headers);

                // A header that is not signed may have any value, which must not change the id.
                Assert.True(!verdict.IsGenuine || key?.WebhookId == webhook.WebhookId || !verdict.Coverage.CoversBody(), $"{name}: {value[..Math.Min(20, value.Length)]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_second_delivery_has_the_key_of_the_first_with_any_values_of_unsigned_headers(string route)
    {
        var configured = everything[route];
        foreach (var sample in configured.Samples.Samples)
        {
            var (_, webhook) = Written(sample);
            var (verdict, first) = await configured.VerifyAsync(webhook.Body, configured.Sign(webhook));
            var again = configured.Sign(webhook).ToDictionary();
            again["X-Nobody-Signs-This"] = "id";

            Assert.Equal(first, (await configured.VerifyAsync(webhook.Body, again)).Key);
            // If only the body is signed, the id must not come from a header. Otherwise anyone who intercepted a webhook could choose other ids.
            foreach (var name in again.Keys.Where(_ => verdict.Coverage == SignatureCoverage.BodyOnly))
            {
                using var bare = Configured.Request(webhook.Body, again.Where(header => header.Key != name));
                Assert.Equal(first, configured.Provider.KeyOf(bare, verdict));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public void Unusual_ids_lead_to_keys_that_storage_accepts_and_to_one_spelling(string route)
    {
        var configured = everything[route];
        foreach (var sample in configured.Samples.Samples)
        {
            var (scene, webhook) = Written(sample);
            foreach (var id in OddIds)
            {
                var body = webhook.Body.Replace($"\"{scene.JobId}\"", id, StringComparison.Ordinal).Replace(scene.JobId, "", StringComparison.Ordinal);
                using var request = Configured.Request(body, configured.Sign(webhook));
                if (request.Json is not { } json)
                {
                    continue;
                }

                var key = configured.Provider.KeyOf(request, Verdict.Genuine(SignatureCoverage.RawBody));
                Assert.InRange(key?.PartitionKey.Length ?? 0, 0, 512);
                var generation = configured.Provider.InterpretAny(Received(EventKey.Create(configured.Samples.Space, "id"), default, configured, json));
                AssertBounded(generation);
                if (generation.JobId is { } job)
                {
                    Assert.Equal(job, configured.Provider.CanonicalJobId(job));
                    Assert.Equal(job, everything.Bench.Catalog.CanonicalJobId(configured.Samples.Provider, generation.SentJobId ?? job));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public void Any_body_is_interpreted_without_an_exception_as_an_event_of_bounded_size(string route)
    {
        var configured = everything[route];
        Bodies(configured).Sample(
            json =>
            {
                using var request = WebhookRequests.Create(json);
                if (request.Json is not { } body)
                {
                    return;
                }

                _ = configured.Provider.Identify(request);
                foreach (var coverage in Enum.GetValues<SignatureCoverage>())
                {
                    var received = new ReceivedEvent(EventKey.Create(configured.Samples.Provider, "id"), coverage, ProviderBench.Now, body);
                    AssertBounded(configured.Provider.InterpretAny(received));
                    AssertBounded(configured.Provider.InterpretAny(received with { IsRecovered = true }));
                }
            },
            iter: 300,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public void Assets_have_the_same_names_whenever_an_event_is_read(string route)
    {
        var configured = everything[route];
        foreach (var sample in configured.Samples.Samples)
        {
            var (_, webhook) = Written(sample);
            using var document = JsonDocument.Parse(webhook.Body);
            // The same document with its fields in another order, in which another version of the service may write them.
            using var reversed = JsonDocument.Parse(Reversed(document.RootElement));

            Assert.Equal(Names(document), Names(reversed));
        }

        string[] Names(JsonDocument document) =>
            [.. configured.Provider.Interpret(new ReceivedEvent(EventKey.Create(configured.Samples.Provider, "id"), SignatureCoverage.RawBody, ProviderBench.Now, document.RootElement))
                .Assets.Select(asset => asset.Name).Order()];
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public void A_provider_with_unproven_events_is_weak_or_off(string route)
    {
        var samples = ProviderSamples.All.Single(each => each.Name == route);
        // Only the settings that verify signatures, without token and API key.
        var settings = everything.SettingsOf(samples).Where(setting => setting.Name != samples.TokenSetting && setting.Name != samples.Api?.KeySetting);
        using var bench = new ProviderBench([.. settings]);
        var configured = bench.Catalog.All.Single(each => each.Name == samples.Provider);
        var endpoint = configured.Provider?.Endpoints.FirstOrDefault(each => Route(samples.Provider, each.Mode) == route);

        Assert.True(
            endpoint is null || endpoint.IsProof || configured.Weakness is not null,
            $"{route} is on although its signature proves nothing, and it has no warning.");
        Assert.Empty(configured.Problems);
        Assert.NotNull(configured.NeededSettings);
    }

    [Fact]
    public void Every_card_is_complete_and_no_two_share_a_name_or_a_setting()
    {
        using var bench = new ProviderBench();
        var cards = bench.Catalog.All.Select(configured => bench.Catalog.CardAt(configured.Name, null)!).ToList();

        Assert.All(cards, card =>
        {
            Assert.All((string[])[card.Title, card.Site, card.Makes, card.Signature], Assert.NotEmpty);
            Assert.Matches("^[a-z0-9]+$", card.Name);
            Assert.All(card.Settings, setting => Assert.StartsWith(card.Name.ToUpperInvariant() + "_", setting.Name, StringComparison.Ordinal));
            Assert.All(card.Routes, route => Assert.Subset(card.Settings.Select(setting => setting.Name).ToHashSet(), route.EnabledBy.Concat(route.ProvenBy).ToHashSet()));
        });
        Assert.Distinct(cards.Select(card => card.Name));
        Assert.Distinct(cards.SelectMany(card => card.Settings.Select(setting => setting.Name)));
    }

    private static string Route(string provider, string? mode) => mode is null ? provider : $"{provider}/{mode}";

    private static (SampleScene Scene, SampleWebhook Webhook) Written(Sample sample)
    {
        var scene = new SampleScene(SampleScene.NewId(), ProviderBench.Now, file => $"https://media.example/{file}", documentLink: (file, _) => $"https://media.example/{file}");
        return (scene, sample.Write(scene));
    }

    private static ReceivedEvent Received(EventKey key, Verdict verdict, Configured configured, JsonElement body) => new(key, verdict.Coverage, ProviderBench.Now, body)
    {
        IsSharedKey = verdict.IsSharedKey, HasToken = configured.Endpoint.Tokens is not null || verdict.HasToken,
    };

    private static void AssertBounded(GenerationEvent generation)
    {
        Assert.NotEmpty(generation.EventType);
        Assert.InRange(generation.Assets.Count, 0, OutputLinks.MaxAssets * 2 + 2);
        Assert.Distinct(generation.Assets.Select(asset => asset.Name));
        Assert.InRange(generation.JobId?.Length ?? 0, 0, EventKey.MaxWebhookIdLength);
        Assert.InRange(generation.OccurredAt ?? ProviderBench.Now, DateTimeOffset.UnixEpoch, ProviderBench.Now.AddMinutes(5));
        Assert.All(generation.Assets, asset =>
        {
            Assert.InRange(asset.Name.Length, 1, 400);
            Assert.InRange(asset.Url.Length, 0, ResultLink.MaxLength);
            Assert.True(asset.Url.Length > 0 || asset.FetchError is not null);
        });
        Assert.All(generation.EventColumns.Values.Concat(generation.JobColumns.Values).OfType<string>(), text => Assert.InRange(text.Length, 0, MaxText));
    }

    /// <summary>Returns a generator of objects with names and values of the provider's samples, and with other ones.</summary>
    private static Gen<string> Bodies(Configured configured)
    {
        HashSet<string> names = ["other", "", "id", "status", "data", "url"];
        HashSet<string> values = ["null", "true", "0", "-1", "1e400", "3.5", "\"\"", "\"x\"", "\"..\"", "\"\\ud800\"", "\"data:,x\"", "\"0001-01-01\"", "\"9999-12-31T23:59:59Z\"", "123456789012345678"];
        foreach (var sample in configured.Samples.Samples)
        {
            using var document = JsonDocument.Parse(Written(sample).Webhook.Body);
            Gather(document.RootElement);
        }

        var texts = values.ToArray();
        var all = names.ToArray();
        var value = Gen.Recursive<string>((depth, nested) => depth > 3 ? Gen.OneOf(texts) : Gen.Frequency(
            (5, Gen.OneOf(texts)),
            (1, nested.Array[0, 4].Select(items => $"[{string.Join(',', items)}]")),
            (4, Objects(nested))));
        return Objects(value);

        Gen<string> Objects(Gen<string> of) => Gen.Select(Gen.Shuffle(all, 1, Math.Min(8, all.Length)), of.Array[8])
            .Select((chosen, of8) => "{" + string.Join(',', chosen.Select((name, i) => $"{JsonSerializer.Serialize(name)}:{of8[i]}")) + "}");

        void Gather(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var property in element.EnumerateObject())
                    {
                        names.Add(property.Name);
                        Gather(property.Value);
                    }

                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Gather(item);
                    }

                    break;
                default:
                    values.Add(element.GetRawText());
                    break;
            }
        }
    }

    private static string Reversed(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? "{" + string.Join(',', element.EnumerateObject().Reverse().Select(property => $"{JsonSerializer.Serialize(property.Name)}:{Reversed(property.Value)}")) + "}"
        : element.GetRawText();

    /// <summary>Provider's address with the keys of its samples.</summary>
    internal sealed record Configured(ProviderSamples Samples, SampleKeys Keys, WebhookProvider Provider, WebhookEndpoint Endpoint)
    {
        public IReadOnlyDictionary<string, string> Sign(SampleWebhook webhook) =>
            Keys.Signer.Sign(webhook.WebhookId, Encoding.UTF8.GetBytes(webhook.Body), ProviderBench.Now);

        public static WebhookRequest Request(string body, IEnumerable<KeyValuePair<string, string>> headers) =>
            WebhookRequests.Create(body, [.. headers.Select(header => (header.Key, (string?)header.Value))]);

        public async Task<(Verdict Verdict, EventKey? Key)> VerifyAsync(string body, IReadOnlyDictionary<string, string> headers)
        {
            using var request = Request(body, headers);
            var verdict = await Endpoint.Verifier.VerifyAsync(request, TestContext.Current.CancellationToken);
            return (verdict, verdict.IsGenuine ? Provider.KeyOf(request, verdict) : null);
        }
    }

    /// <summary>Fixture in which every provider is on, with the keys of its samples.</summary>
    public sealed class Everything : IAsyncLifetime
    {
        private const string Token = "a-token_of.these~tests";

        private readonly Dictionary<string, SampleKeys> _keys = ProviderSamples.All.ToDictionary(samples => samples.Name, samples => samples.NewKeys());
        private StandInServer _published = null!;

        internal ProviderBench Bench { get; private set; } = null!;

        internal Configured this[string route]
        {
            get
            {
                var samples = ProviderSamples.All.Single(each => each.Name == route);
                var provider = Bench[samples.Provider];
                return new Configured(samples, _keys[route], provider, provider.Endpoints.Single(endpoint => Route(samples.Provider, endpoint.Mode) == route));
            }
        }

        public async ValueTask InitializeAsync()
        {
            _published = await StandInServer.StartAsync();
            foreach (var samples in ProviderSamples.All.Where(samples => samples.PublicKeysSetting is not null))
            {
                _published.OnJson(PathOf(samples), _keys[samples.Name].Signer.PublicKeys!);
            }

            Bench = new ProviderBench([.. ProviderSamples.All.SelectMany(SettingsOf).DistinctBy(setting => setting.Name)]);
        }

        public async ValueTask DisposeAsync()
        {
            Bench.Dispose();
            await _published.DisposeAsync();
        }

        /// <summary>Returns the settings that turn a provider on, and those that prove its events.</summary>
        internal IEnumerable<(string Name, string? Value)> SettingsOf(ProviderSamples samples)
        {
            foreach (var (name, value) in _keys[samples.Name].Settings)
            {
                yield return (name, value);
            }

            if (samples.TokenSetting is { } token)
            {
                yield return (token, Token);
            }

            if (samples.PublicKeysSetting is { } address)
            {
                yield return (address, _published.Origin + PathOf(samples));
            }
        }

        private static string PathOf(ProviderSamples samples) => $"/{samples.Name}/jwks.json";
    }
}
