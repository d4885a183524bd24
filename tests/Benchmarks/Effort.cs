namespace Benchmarks;

/// <summary>Length of a suite's run.</summary>
public enum Effort
{
    /// <summary>Minutes: as many rounds as reliable figures need.</summary>
    Thorough,

    /// <summary>Less than two minutes: fewer and shorter rounds.</summary>
    Brief,

    /// <summary>Seconds: shows only that the suite works. Its figures mean nothing.</summary>
    Smoke,
}
