using Microsoft.Azure.Functions.Worker;

namespace WebhookFunctions.Tests.Worker;

/// <summary>The stand-in of the worker's Service Bus extension beside the package that it stands in for.</summary>
public sealed class ServiceBusExtensionSurfaceTests
{
    [Fact]
    public void It_shows_what_the_package_shows_and_nothing_else()
    {
        var package = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Worker", "ServiceBusExtension.5.24.0.txt")).Where(line => line[0] != '#');

        Assert.Equal(package, PublicSurface.Of(typeof(ServiceBusTriggerAttribute).Assembly));
    }
}
