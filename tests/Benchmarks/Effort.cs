namespace Benchmarks;

/// <summary>How long a suite may take.</summary>
public enum Effort
{
    /// <summary>As long as the figures need: minutes.</summary>
    Thorough,

    /// <summary>Below two minutes: fewer and shorter rounds.</summary>
    Brief,

    /// <summary>Seconds: shows that the suite works, and nothing else.</summary>
    Glimpse,
}
