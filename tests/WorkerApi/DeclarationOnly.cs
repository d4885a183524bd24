using System.Runtime.CompilerServices;

namespace WorkerApi;

/// <summary>What a member that would need a Functions host answers: the declarations carry data and nothing else.</summary>
internal static class DeclarationOnly
{
    internal static PlatformNotSupportedException NotCarried([CallerMemberName] string? member = null) =>
        new($"{member} is only declared here. It needs the real package: build with -p:WorkerApi=Packages, or override it.");

    internal static Task Failed([CallerMemberName] string? member = null) => Task.FromException(NotCarried(member));
}
