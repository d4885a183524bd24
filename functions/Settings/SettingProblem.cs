namespace WebhookFunctions.Settings;

/// <summary>A setting that is there and cannot be used: its name and why, never its value.</summary>
public sealed record SettingProblem(string Setting, string Reason);
