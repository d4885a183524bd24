namespace FunctionsHost.Functions;

/// <summary>Key that an HTTP function requires: <c>authLevel</c> of its trigger.</summary>
public enum AuthorizationLevel
{
    /// <summary>No key.</summary>
    Anonymous,

    /// <summary>The function key, or the master key.</summary>
    Function,

    /// <summary>The master key.</summary>
    Admin,
}
