namespace FunctionsHost.Functions;

/// <summary>The key that an HTTP function asks for: <c>authLevel</c> of its trigger.</summary>
public enum AuthorizationLevel
{
    /// <summary>None.</summary>
    Anonymous,

    /// <summary>The function key, or the master key.</summary>
    Function,

    /// <summary>The master key.</summary>
    Admin,
}
