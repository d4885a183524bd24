namespace Benchmarks.Processes;

/// <summary>Processor core on which a process runs. The server and the load generator have one each, so that they do not disturb each other.</summary>
public enum Core
{
    /// <summary>Any core: the process is not pinned.</summary>
    Any = -1,

    /// <summary>The core of the server that is measured.</summary>
    Server = 0,

    /// <summary>The core of the load generator.</summary>
    Load = 1,
}
