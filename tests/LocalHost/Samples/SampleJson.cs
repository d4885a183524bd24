namespace LocalHost.Samples;

/// <summary>Parts of the samples' documents.</summary>
internal static class SampleJson
{
    /// <summary>A text that needs no escapes, or null.</summary>
    public static string Text(string? value) => value is null ? "null" : $"\"{value}\"";
}
