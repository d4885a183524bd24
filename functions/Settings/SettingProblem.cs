namespace WebhookFunctions.Settings;

/// <summary>Setting that is present but unusable: its name and the reason, never its value.</summary>
public sealed record SettingProblem(string Setting, string Reason);
