namespace LocalHost.Samples;

/// <summary>Writer of JSON values in the samples' documents.</summary>
internal static class SampleJson
{
    /// <summary>Returns a text as a JSON string. The text must need no escapes.</summary>
    public static string Text(string? value) => value is null ? "null" : $"\"{value}\"";
}
