namespace LocalHost.Demo;

/// <summary>Result of a demo, and the addresses at which its parts can be inspected while it runs.</summary>
/// <param name="Found">The findings.</param>
/// <param name="Problems">The differences from the expected results.</param>
/// <param name="App">The address of the app.</param>
/// <param name="Storage">The connection string of its storage.</param>
internal sealed record DemoResult(DemoFindings Found, IReadOnlyList<string> Problems, Uri App, string Storage);
