namespace LocalHost.Demo;

/// <summary>What a demo found, and where what it ran can be looked at while it still runs.</summary>
/// <param name="Found">Everything that was found.</param>
/// <param name="Problems">What is not as it should be, in words.</param>
/// <param name="App">Where the app listens.</param>
/// <param name="Storage">The connection string of its storage.</param>
internal sealed record DemoResult(DemoFindings Found, IReadOnlyList<string> Problems, Uri App, string Storage);
