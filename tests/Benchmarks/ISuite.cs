using Benchmarks.Reporting;

namespace Benchmarks;

/// <summary>Benchmark that measures one aspect of the app's speed and a reference in the same run.</summary>
public interface ISuite
{
    /// <summary>Gets the suite's name: its verb on the command line and the name of its JSON file.</summary>
    string Name { get; }

    /// <summary>Gets what it measures, for the help text.</summary>
    string Description { get; }

    /// <summary>Runs the suite and returns its figures.</summary>
    /// <param name="effort">How long it may take.</param>
    /// <param name="progress">Receives the name of each measurement when it starts.</param>
    /// <param name="cancellationToken">Cancels the run, and ends the processes that it started.</param>
    Task<SuiteReport> RunAsync(Effort effort, IProgress<string> progress, CancellationToken cancellationToken);
}
