namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Settings <c>Storage__…</c> that limit how long events are kept.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Storage";

    /// <summary>
    /// The minimum of <see cref="KeepRowsDays"/>. A message lives for 14 days, its dead letter for another 14, and the lists of events cover 30 days.
    /// </summary>
    public const int MinDays = 30;

    /// <summary>
    /// How many days the rows and the raw body of an event are kept after its receipt and its last change; at least 30. The default value is 0, for
    /// ever. Media are removed by a lifecycle rule of the storage account instead.
    /// </summary>
    public int KeepRowsDays { get; set; }

    /// <summary>The error if <see cref="IsValid"/> is false.</summary>
    public static string Problem => $"{Section}__{nameof(KeepRowsDays)} must be 0 (for ever) or a number of days from {MinDays} to 36500.";

    /// <summary>Whether the settings can be used.</summary>
    public bool IsValid => KeepRowsDays is 0 or >= MinDays and <= 36_500;
}
