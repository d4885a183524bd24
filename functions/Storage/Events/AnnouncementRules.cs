using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Rules that decide which events cause notifications when they end, and for which targets.</summary>
/// <param name="Targets">The names of the targets; empty if there are no notifications.</param>
/// <param name="IncludesProgress">Whether progress causes notifications too.</param>
/// <param name="IncludesUnconfirmed">Whether unconfirmed events cause notifications too.</param>
public sealed record AnnouncementRules(IReadOnlyList<string> Targets, bool IncludesProgress = false, bool IncludesUnconfirmed = false)
{
    /// <summary>The maximum number of targets. The event's final state, those of its assets and a row for each target share a transaction.</summary>
    public const int MaxTargets = 10;

    /// <summary>Rules without notifications.</summary>
    public static AnnouncementRules None { get; } = new([]);

    /// <summary>Whether there is a target.</summary>
    public bool IsOn => Targets.Count > 0;

    /// <summary>Returns whether the end of the event causes notifications, if its status was applied to its job's row.</summary>
    public bool Covers(GenerationEvent generation) =>
        IsOn
        && (IncludesUnconfirmed || generation.Assurance.IsProven())
        && (IncludesProgress || generation.Status >= JobStatus.NeedsAction);
}
