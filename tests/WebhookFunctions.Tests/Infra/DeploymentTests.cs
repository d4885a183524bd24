using System.Text.Json.Nodes;
using WebhookFunctions.Model;
using WebhookFunctions.Storage;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Infra;

/// <summary>Tests of what the templates would deploy.</summary>
[Collection(nameof(Templates))]
public sealed class DeploymentTests(Templates templates)
{
    private const string Deployer = "33333333-3333-3333-3333-333333333333";

    public static TheoryData<string> Rules => [.. DeploymentRules.All.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_deployment_with_default_parameters_follows_the_rule_that(string rule)
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Empty(DeploymentRules.All[rule](templates.Minimal));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_deployment_with_every_switch_reversed_follows_the_rule_that(string rule)
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Empty(DeploymentRules.All[rule](templates.Everything));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_private_deployment_follows_the_rule_that(string rule)
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Empty(DeploymentRules.All[rule](templates.Private));
    }

    [Fact]
    public void A_deployer_can_only_read_the_media_and_the_tables()
    {
        BicepCli.SkipUnlessAvailable();
        var deployment = templates.Minimal;
        string[] expected =
        [
            .. deployment.Containers.Where(container => container.Name != "app-package").Select(container => $"{Deployer}: Storage Blob Data Reader on {container.Id}"),
            .. deployment.Tables.Select(table => $"{Deployer}: Storage Table Data Reader on {table.Id}"),
        ];

        Assert.Equal(expected.Order(), deployment.Roles.Where(grant => grant.Principal == Deployer).Select(grant => grant.ToString()).Order());
    }

    [Fact]
    public void A_deployer_with_access_to_the_data_has_the_apps_roles_except_for_its_secrets_and_its_telemetry()
    {
        BicepCli.SkipUnlessAvailable();
        string[] notTheirs = ["Key Vault Secrets User", "Monitoring Metrics Publisher"];

        Assert.Equal(
            templates.Everything.Roles.Where(grant => grant.Principal == "app" && !notTheirs.Contains(grant.Role)).Select(grant => (grant.Role, grant.Scope)).Order(),
            templates.Everything.Roles.Where(grant => grant.Principal == Deployer).Select(grant => (grant.Role, grant.Scope)).Order());
    }

    [Fact]
    public void Only_the_parameter_makes_the_app_an_owner_of_its_queues()
    {
        BicepCli.SkipUnlessAvailable();
        static int Owners(Deployment deployment) =>
            deployment.Roles.Count(grant => grant.Principal == "app" && grant.Role == "Azure Service Bus Data Owner" && grant.Scope.Contains("/queues/", StringComparison.Ordinal));

        Assert.Equal(0, Owners(templates.Minimal));
        Assert.Equal(3, Owners(templates.Everything));
    }

    [Fact]
    public void Without_a_private_network_the_namespace_is_Standard_and_nothing_is_billed_for_a_network()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal("Standard", templates.Minimal.Namespace["sku.name"]);
        Assert.DoesNotContain(templates.Minimal.All, resource => resource.Type.StartsWith("Microsoft.Network/", StringComparison.Ordinal));
        Assert.Null(templates.Minimal.App["properties.virtualNetworkSubnetId"]);
    }

    [Fact]
    public void A_private_network_closes_public_access_to_all_data_and_makes_the_namespace_Premium()
    {
        BicepCli.SkipUnlessAvailable();
        var deployment = templates.Everything;

        Assert.Equal("Premium", deployment.Namespace["sku.name"]);
        Assert.All([deployment.Storage, deployment.Namespace, deployment.Vault], resource => Assert.Equal("Disabled", resource["properties.publicNetworkAccess"]));
        Assert.All([deployment.Storage, deployment.Vault], resource => Assert.Equal("Deny", resource["properties.networkAcls.defaultAction"]));
        Assert.EndsWith("/subnets/app", deployment.App["properties.virtualNetworkSubnetId"], StringComparison.Ordinal);

        var connections = deployment.OfType("Microsoft.Network/privateEndpoints").Select(endpoint => endpoint.Json["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!);
        Assert.Equal(
            new[] { (deployment.Storage.Id, "blob"), (deployment.Storage.Id, "table"), (deployment.Namespace.Id, "namespace"), (deployment.Vault.Id, "vault") }.Order(),
            connections.Select(connection => ((string)connection["privateLinkServiceId"]!, (string)connection["groupIds"]![0]!)).Order());
        Assert.Equal(4, deployment.OfType("Microsoft.Network/privateDnsZones").Count());
        Assert.Equal(4, deployment.OfType("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").Count());
    }

    [Fact]
    public void A_namespace_of_another_tier_has_another_name()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.EndsWith("-premium2", templates.Everything.Namespace.Name, StringComparison.Ordinal);
        Assert.DoesNotContain("premium", templates.Minimal.Namespace.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Messaging_units_are_a_multiple_of_the_partitions()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Equal(("4", "2"), (templates.Everything.Namespace["sku.capacity"], templates.Everything.Namespace["properties.premiumMessagingPartitions"]));
    }

    [Fact]
    public void No_instance_is_always_ready_unless_requested()
    {
        BicepCli.SkipUnlessAvailable();
        static IEnumerable<(string, int)> Warm(Deployment deployment) =>
            deployment.App.Json["properties"]!["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray()
                .Select(group => ((string)group!["name"]!, (int)group["instanceCount"]!));

        Assert.Empty(Warm(templates.Minimal));
        Assert.Equal([("http", 2), ($"function:{nameof(RecordEvent)}", 1), ($"function:{nameof(DownloadAsset)}", 1)], Warm(templates.Everything));
    }

    [Fact]
    public void Concurrency_has_the_platforms_default_unless_requested()
    {
        BicepCli.SkipUnlessAvailable();
        const string Path = "properties.functionAppConfig.scaleAndConcurrency.triggers.http.perInstanceConcurrency";

        Assert.Null(templates.Minimal.App[Path]);
        Assert.Equal("64", templates.Everything.App[Path]);
    }

    [Fact]
    public void Instances_are_replaced_in_batches_unless_requested_otherwise()
    {
        BicepCli.SkipUnlessAvailable();
        const string Path = "properties.functionAppConfig.siteUpdateStrategy.type";

        Assert.Equal("RollingUpdate", templates.Minimal.App[Path]);
        Assert.Equal("Recreate", templates.Everything.App[Path]);
    }

    [Fact]
    public void Zone_redundancy_includes_the_plan_storage_and_a_Premium_namespace()
    {
        BicepCli.SkipUnlessAvailable();
        static (string?, string?, string?) Zones(Deployment deployment) => (
            deployment.Single("Microsoft.Web/serverfarms")["properties.zoneRedundant"],
            deployment.Storage["sku.name"],
            deployment.Namespace["properties.zoneRedundant"]);

        Assert.Equal(("false", "Standard_LRS", null), Zones(templates.Minimal));
        Assert.Equal(("true", "Standard_GZRS", "true"), Zones(templates.Everything));
    }

    [Fact]
    public void Raw_events_are_deleted_after_ninety_days_and_files_stay_unchanged_unless_requested()
    {
        BicepCli.SkipUnlessAvailable();
        var rule = Assert.Single(LifecycleRules(templates.Minimal));

        Assert.Equal([$"{StorageNames.RawEventsContainer}/"], Prefixes(rule));
        Assert.Equal("""{"delete":{"daysAfterModificationGreaterThan":90}}""", rule["definition"]!["actions"]!["baseBlob"]!.ToJsonString());
    }

    [Fact]
    public void Files_move_through_the_tiers_and_are_deleted_at_the_requested_age()
    {
        BicepCli.SkipUnlessAvailable();
        var rule = Assert.Single(LifecycleRules(templates.Everything));

        Assert.Equal([$"{StorageNames.AssetsContainer}/"], Prefixes(rule));
        Assert.Equal(
            [("tierToCool", 30), ("tierToCold", 90), ("delete", 365)],
            rule["definition"]!["actions"]!["baseBlob"]!.AsObject().Where(action => action.Value is not null)
                .Select(action => (action.Key, (int)action.Value!["daysAfterModificationGreaterThan"]!)));
    }

    [Fact]
    public void Other_systems_are_notified_of_stored_files_and_of_no_other_blobs_if_requested()
    {
        BicepCli.SkipUnlessAvailable();
        var topic = templates.Everything.Single("Microsoft.EventGrid/systemTopics");
        var filter = templates.Everything.Single("Microsoft.EventGrid/systemTopics/eventSubscriptions").Json["properties"]!["filter"]!;

        Assert.Equal(templates.Everything.Storage.Id, topic["properties.source"]);
        Assert.Equal($"/blobServices/default/containers/{StorageNames.AssetsContainer}/", (string)filter["subjectBeginsWith"]!);
        Assert.Equal(["Microsoft.Storage.BlobCreated"], filter["includedEventTypes"]!.AsArray().Select(type => (string)type!));
        Assert.DoesNotContain(templates.Minimal.All, resource => resource.Type.StartsWith("Microsoft.EventGrid/", StringComparison.Ordinal));
    }

    [Fact]
    public void Notifications_are_sent_to_a_separate_topic_if_requested()
    {
        BicepCli.SkipUnlessAvailable();
        var topic = templates.Everything.Single("Microsoft.EventGrid/topics");

        Assert.Equal("CloudEventSchemaV1_0", topic["properties.inputSchema"]);
        Assert.Equal(
            "[reference('topic').endpoint]",
            (string?)templates.Everything.Template["resources"]!["topic"]!["properties"]!["template"]!["outputs"]!["endpoint"]!["value"]);
        Assert.EndsWith(".outputs.endpoint.value]", templates.Everything.Setting("Notify__EventGrid__topicEndpointUri"), StringComparison.Ordinal);
        Assert.Equal("", templates.Minimal.Setting("Notify__EventGrid__topicEndpointUri"));
        Assert.All(
            templates.Everything.Single("Microsoft.EventGrid/topics/eventSubscriptions").Json["properties"]!["filter"]!["includedEventTypes"]!.AsArray(),
            type => Assert.StartsWith(Announcements.TypePrefix, (string?)type, StringComparison.Ordinal));
    }

    [Fact]
    public void No_notifications_are_sent_unless_requested()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.All(
            templates.Minimal.Settings.Where(setting => setting.Key.StartsWith("Notify__", StringComparison.Ordinal) && !setting.Key.StartsWith("Notify__EventGrid__c", StringComparison.Ordinal)),
            setting => Assert.True(setting.Key == "Notify__Secret" || setting.Value.ToLowerInvariant() is "" or "false" or "0", $"{setting.Key}: {setting.Value}"));
    }

    [Fact]
    public void The_blob_of_a_claim_check_outlives_its_message()
    {
        BicepCli.SkipUnlessAvailable();
        var allowed = templates.Minimal.Template["parameters"]!["rawEventsRetentionDays"]!["allowedValues"]!.AsArray().Select(days => (int)days!);

        // A message lives for 14 days, and a dead letter longer.
        Assert.All(allowed, days => Assert.True(days is 0 or >= 30));
    }

    [Fact]
    public void Alerts_exist_even_without_a_recipient()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.Empty(templates.Minimal.OfType("Microsoft.Insights/actionGroups"));
        Assert.Equal(
            ["dead-letters", "failing-notifications", "oldest-unfinished-event", "rejected-signatures", "server-errors"], Alerts(templates.Minimal).Select(alert => alert.Name).Order());
        Assert.All(Alerts(templates.Minimal), alert => Assert.Equal("true", alert["properties.enabled"]));
        Assert.All(Alerts(templates.Minimal), alert => Assert.Empty(Recipients(alert)));
    }

    [Fact]
    public void Every_alert_notifies_the_mail_address_and_the_action_group()
    {
        BicepCli.SkipUnlessAvailable();
        var mail = templates.Everything.Single("Microsoft.Insights/actionGroups");

        Assert.Equal("someone@example.com", mail.Json["properties"]!["emailReceivers"]![0]!["emailAddress"]!.ToString());
        Assert.All(Alerts(templates.Everything), alert => Assert.Equal([mail.Id, OnCall], Recipients(alert)));
    }

    [Fact]
    public void One_dead_letter_that_the_timer_does_not_re_drive_raises_an_alert_on_the_platforms_metric()
    {
        BicepCli.SkipUnlessAvailable();
        var alert = templates.Minimal.Single("Microsoft.Insights/metricAlerts");
        var criterion = alert.Json["properties"]!["criteria"]!["allOf"]![0]!;

        Assert.Equal([templates.Minimal.Namespace.Id], alert.Json["properties"]!["scopes"]!.AsArray().Select(scope => (string)scope!));
        Assert.Equal(
            ("DeadletteredMessages", "GreaterThan", 0, "EntityName"),
            ((string)criterion["metricName"]!, (string)criterion["operator"]!, (int)criterion["threshold"]!, (string)criterion["dimensions"]![0]!["name"]!));

        // The minimum over three runs of the timer, which re-drives messages that the broker dead-lettered.
        Assert.Equal(("PT15M", "Minimum"), ((string)alert.Json["properties"]!["windowSize"]!, (string)criterion["timeAggregation"]!));
    }

    [Fact]
    public void Thresholds_are_the_parameters()
    {
        BicepCli.SkipUnlessAvailable();
        static int Threshold(Deployment deployment, string alert) =>
            (int)Alerts(deployment).Single(resource => resource.Name == alert).Json["properties"]!["criteria"]!["allOf"]![0]!["threshold"]!;

        Assert.Equal((60, 19), (Threshold(templates.Minimal, "oldest-unfinished-event"), Threshold(templates.Minimal, "rejected-signatures")));
        Assert.Equal((30, 4), (Threshold(templates.Everything, "oldest-unfinished-event"), Threshold(templates.Everything, "rejected-signatures")));
        Assert.Equal((19, 2), (Threshold(templates.Minimal, "failing-notifications"), Threshold(templates.Everything, "failing-notifications")));
        Assert.Equal(0, Threshold(templates.Minimal, "server-errors"));
    }

    [Fact]
    public void No_value_of_a_secret_is_in_the_deployment()
    {
        BicepCli.SkipUnlessAvailable();

        Assert.DoesNotContain("plain-text-of-", templates.Everything.Snapshot.ToJsonString(), StringComparison.Ordinal);
    }

    private const string OnCall = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ops/providers/Microsoft.Insights/actionGroups/on-call";

    private static IEnumerable<Resource> Alerts(Deployment deployment) =>
        deployment.OfType("Microsoft.Insights/metricAlerts").Concat(deployment.OfType("Microsoft.Insights/scheduledQueryRules"));

    private static IEnumerable<JsonNode> LifecycleRules(Deployment deployment) =>
        deployment.Single("Microsoft.Storage/storageAccounts/managementPolicies").Json["properties"]!["policy"]!["rules"]!.AsArray().Select(rule => rule!);

    private static IEnumerable<string> Prefixes(JsonNode rule) => rule["definition"]!["filters"]!["prefixMatch"]!.AsArray().Select(prefix => (string)prefix!);

    private static IEnumerable<string> Recipients(Resource alert) => alert.Json["properties"]!["actions"] switch
    {
        JsonArray groups => groups.Select(group => (string)group!["actionGroupId"]!),
        JsonObject actions => actions["actionGroups"]!.AsArray().Select(group => (string)group!),
        _ => throw new InvalidOperationException($"{alert.Name} has no actions"),
    };
}
