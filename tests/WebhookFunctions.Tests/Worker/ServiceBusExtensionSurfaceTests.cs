using Microsoft.Azure.Functions.Worker;

namespace WebhookFunctions.Tests.Worker;

/// <summary>Test that compares the stand-in for the worker's Service Bus extension with the package.</summary>
public sealed class ServiceBusExtensionSurfaceTests
{
    [Fact]
    public void It_has_the_same_public_API_as_the_package()
    {
        var package = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Worker", "ServiceBusExtension.5.24.0.txt")).Where(line => line[0] != '#');

        Assert.Equal(package, PublicSurface.Describe(typeof(ServiceBusTriggerAttribute).Assembly));
    }
}
