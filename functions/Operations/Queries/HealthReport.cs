using WebhookFunctions.Notifications;
using WebhookFunctions.Providers;
using WebhookFunctions.Settings;

namespace WebhookFunctions.Operations.Queries;

/// <summary>Reporter of the state of everything that the app needs.</summary>
public sealed class HealthReport(AppParts parts, ProviderCatalog providers, NotifySettings notifications)
{
    /// <summary>
    /// Answers 200 if everything is available, and 503 if one part is not. A provider without settings is off, and one whose events nothing proves
    /// is weak; neither is a failure.
    /// </summary>
    public async Task<OperatorAnswer> AnswerAsync(CancellationToken cancellationToken)
    {
        var states = await parts.ProbeAsync(cancellationToken);
        var configured = providers.All.ToDictionary(provider => provider.Name, Describe);
        var announced = new NotificationsState(
            notifications.Problems.Count > 0 ? PartStatus.Bad : notifications.Rules.IsOn ? PartStatus.Ok : PartStatus.Off,
            notifications.Rules.Targets,
            notifications.Problems);
        var isHealthy = states.All(state => state.Error is null) && configured.Values.All(provider => provider.Status != PartStatus.Bad) && announced.Status != PartStatus.Bad;
        var body = new
        {
            status = isHealthy ? PartStatus.Ok : PartStatus.Bad,
            storage = Describe(states.Where(state => state.Kind != PartKind.Queue)),
            queues = Describe(states.Where(state => state.Kind == PartKind.Queue)),
            providers = configured,
            notifications = announced,
        };
        return isHealthy ? OperatorAnswer.Ok(body) : OperatorAnswer.Unhealthy(body);
    }

    private static Dictionary<string, StateOfPart> Describe(IEnumerable<PartState> states) => states.ToDictionary(
        state => state.Name, state => new StateOfPart(state.Error is null ? PartStatus.Ok : PartStatus.Bad, state.Error));

    private static ProviderState Describe(ConfiguredProvider provider) => new(
        provider.Problems.Count > 0 ? PartStatus.Bad
            : provider.Provider is null ? PartStatus.Off
            : provider.Weakness is not null ? PartStatus.Weak
            : PartStatus.Ok,
        provider.Problems,
        provider.Problems.Count > 0 ? null : provider.Note);

    private sealed record StateOfPart(PartStatus Status, string? Error);

    private sealed record ProviderState(PartStatus Status, IReadOnlyList<SettingProblem> Problems, string? Note);

    private sealed record NotificationsState(PartStatus Status, IReadOnlyList<string> Targets, IReadOnlyList<SettingProblem> Problems);

    /// <summary>Status of a part.</summary>
    private enum PartStatus
    {
        /// <summary>It answered, or is configured.</summary>
        Ok,

        /// <summary>A provider without settings, or notifications without a target.</summary>
        Off,

        /// <summary>Nothing proves the provider's events. It works as configured, so this is not a failure.</summary>
        Weak,

        /// <summary>It did not answer, or its settings are invalid.</summary>
        Bad,
    }
}
