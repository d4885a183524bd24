namespace WebhookFunctions.Operations.Maintenance;

/// <summary>Settings <c>Storage__…</c>.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Storage";

    /// <summary>
    /// Not fewer days: a message lives for 14 days, what comes of it for as long again as a dead letter, and the lists of events reach back 30 days.
    /// </summary>
    public const int FewestDays = 30;

    /// <summary>
    /// How many days the rows and the raw body of an event are kept after its receipt and its last change; at least 30. The default value is 0: for ever.
    /// The media have a rule of the storage account.
    /// </summary>
    public int KeepRowsDays { get; set; }

    /// <summary>What is wrong where the settings are not <see cref="IsSound"/>.</summary>
    public static string Problem => $"{Section}__{nameof(KeepRowsDays)} is 0, for ever, or a number of days from {FewestDays} to 36500.";

    /// <summary>Whether the settings can be used.</summary>
    public bool IsSound => KeepRowsDays is 0 or >= FewestDays and <= 36_500;
}
