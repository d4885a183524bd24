using WebhookFunctions.Model;

namespace WebhookFunctions.Storage.Events;

/// <summary>Which ends of events are announced, and to whom.</summary>
/// <param name="Targets">The names of the targets; empty where nothing is announced.</param>
/// <param name="IncludesProgress">Whether progress is announced too.</param>
/// <param name="IncludesUnconfirmed">Whether events that nothing proves are announced too.</param>
public sealed record AnnouncementRules(IReadOnlyList<string> Targets, bool IncludesProgress = false, bool IncludesUnconfirmed = false)
{
    /// <summary>The most targets: an event's end, its assets' ends and a row for each target share a transaction.</summary>
    public const int MostTargets = 10;

    /// <summary>Nothing is announced.</summary>
    public static AnnouncementRules None { get; } = new([]);

    /// <summary>Whether there is anybody to announce something to.</summary>
    public bool IsOn => Targets.Count > 0;

    /// <summary>Whether the end of such an event is announced, if its job's row took its status.</summary>
    public bool Cover(GenerationEvent generation) =>
        IsOn
        && (IncludesUnconfirmed || generation.Assurance.IsProven())
        && (IncludesProgress || generation.Status >= JobStatus.NeedsAction);
}
