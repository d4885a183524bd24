using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using WebhookFunctions.Model;
using WebhookFunctions.Telemetry;
using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Infra;

/// <summary>
/// Tests that the queries of the workbook and of the alerts use names of telemetry that the app exports. With a misspelt name a chart would be empty.
/// </summary>
public sealed partial class WorkbookTests
{
    private static readonly JsonArray Items = JsonNode.Parse(File.ReadAllText(Repository.File("infra", "workbook.json")))!["items"]!.AsArray();

    private static readonly IReadOnlyDictionary<string, string> Queries =
        Items.Where(item => (int)item!["type"]! == 3).Select(item => ((string)item!["name"]!, (string)item["content"]!["query"]!))
            .Concat(Directory.EnumerateFiles(Repository.File("infra", "alerts")).Select(file => (Path.GetFileName(file), File.ReadAllText(file))))
            .ToDictionary();

    private static readonly IReadOnlyDictionary<string, IReadOnlySet<string>> Instruments = Emitted();

    public static TheoryData<string> MetricQueries => [.. Queries.Where(query => query.Value.StartsWith("customMetrics", StringComparison.Ordinal)).Select(query => query.Key)];

    [Theory]
    [MemberData(nameof(MetricQueries))]
    public void A_query_uses_an_instrument_and_tags_that_exist(string name)
    {
        var query = Queries[name];
        var instrument = InstrumentName().Match(query).Groups[1].Value;

        Assert.Contains(instrument, Instruments.Keys);
        Assert.Subset(Instruments[instrument].ToHashSet(), Tag().Matches(query).Select(match => match.Groups[1].Value).ToHashSet());
    }

    [Fact]
    public void Every_instrument_is_shown()
    {
        Assert.Empty(Instruments.Keys.Except(Queries.Values.Select(query => InstrumentName().Match(query).Groups[1].Value)));
    }

    [Fact]
    public void The_alert_on_signatures_counts_reasons_that_exist()
    {
        var reasons = Text().Matches(ReasonList().Match(Queries["rejected-signatures.kql"]).Groups[1].Value).Select(match => match.Groups[1].Value).ToList();

        Assert.Contains(nameof(RejectionReason.WrongSignature), reasons);
        Assert.Subset(Enum.GetNames<RejectionReason>().ToHashSet(), reasons.ToHashSet());
    }

    [Fact]
    public void The_alert_on_the_oldest_event_converts_the_recorded_seconds_to_minutes()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        var metrics = new WebhookMetrics(meters);
        using var measured = new Measurements(meters);

        metrics.OldestUnfinished(TimeSpan.FromMinutes(90));

        Assert.Equal("events.oldest_unfinished.age s 5400", Assert.Single(measured.All).ToString());
        Assert.Contains("AgeMinutes = max(value) / 60", Queries["oldest-unfinished-event.kql"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_measure_of_an_alert_is_a_column_of_its_query()
    {
        var template = File.ReadAllText(Repository.File("infra", "modules", "alerts.bicep"));
        var alerts = Alert().Matches(template);

        Assert.Equal(4, alerts.Count);
        Assert.All(alerts, alert => Assert.Contains($"{alert.Groups[2].Value} = ", Queries[$"{alert.Groups[1].Value}.kql"], StringComparison.Ordinal));
    }

    [Fact]
    public void Every_alert_has_a_row_in_the_runbook_with_a_link_to_a_section()
    {
        var runbook = File.ReadAllText(Repository.File("functions", "Operations", "README.md"));
        var paragraphs = Heading().Matches(runbook).Select(match => match.Groups[1].Value.ToLowerInvariant().Replace(' ', '-')).ToHashSet();
        var rows = AlertRow().Matches(runbook).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

        Assert.Equal(
            AlertName().Matches(File.ReadAllText(Repository.File("infra", "modules", "alerts.bicep"))).Select(match => match.Groups[1].Value).ToHashSet(),
            rows.Keys.ToHashSet());
        Assert.Subset(paragraphs, rows.Values.ToHashSet());
    }

    [Fact]
    public void Every_chart_uses_the_selected_time_and_this_deployment()
    {
        var charts = Items.Where(item => (int)item!["type"]! is 3 or 10).Select(item => item!["content"]!).ToList();

        Assert.NotEmpty(charts);
        Assert.All(charts, chart => Assert.Equal("TimeRange", (string)chart["timeContextFromParameter"]!));
        Assert.All(charts, chart => Assert.NotEmpty((string)chart["title"]!));
        Assert.All(charts, chart => Assert.True((string)(chart["crossComponentResources"] ?? chart["resourceIds"])![0]! is "__INSIGHTS_ID__" or "__SERVICE_BUS_ID__"));
        Assert.Distinct(Items.Select(item => (string)item!["name"]!));
    }

    [Fact]
    public void Queue_depth_and_dead_letters_are_metrics_of_Service_Bus()
    {
        var metrics = Items.Where(item => (int)item!["type"]! == 10).SelectMany(item => item!["content"]!["metrics"]!.AsArray()).Select(metric => (string)metric!["metric"]!);

        Assert.Superset(
            new HashSet<string> { "microsoft.servicebus/namespaces--ActiveMessages", "microsoft.servicebus/namespaces--DeadletteredMessages" },
            metrics.ToHashSet());
    }

    /// <summary>Records a measurement with every instrument, and returns the tags of each.</summary>
    private static Dictionary<string, IReadOnlySet<string>> Emitted()
    {
        var seen = new Dictionary<string, IReadOnlySet<string>>();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new WebhookMetrics(services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == WebhookMetrics.MeterName)
                {
                    seen.TryAdd(instrument.Name, new HashSet<string>());
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        metrics.Received("provider", TimeSpan.FromSeconds(1));
        metrics.Rejected("provider", RejectionReason.WrongSignature);
        metrics.Duplicate("provider");
        metrics.Recorded("provider", Assurance.Signed);
        metrics.LinkRenewed("provider", isRenewed: true);
        metrics.Waits("provider", "slot");
        metrics.OldestUnfinished(TimeSpan.FromSeconds(1));
        metrics.Stored("provider", 1, TimeSpan.FromSeconds(1));
        metrics.Failed("provider", "reason");
        metrics.Retried("provider", "reason");
        metrics.DeadLettered("queue", "reason");
        metrics.Redriven("queue", "reason");
        metrics.NotificationEnded("webhook", NotificationState.Sent, null);
        metrics.NotificationRetried("webhook", "reason");
        metrics.NotificationAttempted("webhook", TimeSpan.FromSeconds(1));
        return seen;

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var names = (HashSet<string>)seen[instrument.Name];
            foreach (var tag in tags)
            {
                names.Add(tag.Key);
            }
        }
    }

    // The names of alerts are indented by two or four spaces, and other names by more.
    [GeneratedRegex(@"^ {2,4}name: '([a-z-]+)'", RegexOptions.Multiline)]
    private static partial Regex AlertName();

    [GeneratedRegex(@"^## (.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| `([a-z-]+)` \| .*\(#([a-z-]+)\) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex AlertRow();

    [GeneratedRegex("name == \"([^\"]+)\"")]
    private static partial Regex InstrumentName();

    [GeneratedRegex("customDimensions\\[\"([^\"]+)\"\\]")]
    private static partial Regex Tag();

    [GeneratedRegex(@" in \(([^)]+)\)")]
    private static partial Regex ReasonList();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"loadTextContent\('\.\./alerts/([a-z-]+)\.kql'\)\s+measure: '([A-Za-z]+)'")]
    private static partial Regex Alert();
}
