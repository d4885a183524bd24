namespace Benchmarks.Processes;

/// <summary>The processor core on which a process runs. Server and load have one each, or they would measure each other.</summary>
public enum Core
{
    /// <summary>Any.</summary>
    Any = -1,

    /// <summary>The measured one's.</summary>
    Server = 0,

    /// <summary>The other's.</summary>
    Load = 1,
}
