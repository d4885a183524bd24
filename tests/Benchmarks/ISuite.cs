using Benchmarks.Reporting;

namespace Benchmarks;

/// <summary>One question about the app's speed, answered beside something to compare with, in the same run.</summary>
public interface ISuite
{
    /// <summary>Its name on the command line and of its JSON.</summary>
    string Name { get; }

    /// <summary>What it measures.</summary>
    string Description { get; }

    /// <summary>Measures.</summary>
    /// <param name="effort">How long it may take.</param>
    /// <param name="progress">Receives what is being measured.</param>
    /// <param name="cancellationToken">Ends it, and the processes that it started.</param>
    Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken);
}
