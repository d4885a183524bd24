using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace WebhookFunctions.Tests.Worker;

/// <summary>
/// Tests of the metadata that the Worker SDK's generator adds to the app. The host learns of the functions only from it, so without it the app would
/// have no functions.
/// </summary>
public sealed class FunctionMetadataTests
{
    [Fact]
    public async Task The_app_reports_all_of_its_functions()
    {
        var declared = typeof(GeneratedFunctionMetadataProvider).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name)
            .Where(name => name is not null);

        Assert.Equal(declared.Order(), (await ReportedAsync()).Select(function => function.Name).Order());
    }

    [Fact]
    public async Task Messages_are_received_singly_as_binding_data_and_settled_by_the_app()
    {
        var triggers = (await ReportedAsync())
            .SelectMany(function => function.RawBindings ?? [])
            .Select(binding => JsonElement.Parse(binding))
            .Where(binding => binding.GetProperty("type").GetString() == "serviceBusTrigger")
            .ToList();

        Assert.NotEmpty(triggers);
        Assert.All(triggers, trigger =>
        {
            Assert.Equal("True", trigger.GetProperty("properties").GetProperty("supportsDeferredBinding").GetString());
            Assert.Equal("One", trigger.GetProperty("cardinality").GetString());
            Assert.False(trigger.GetProperty("autoCompleteMessages").GetBoolean());
        });
    }

    private static async Task<IReadOnlyCollection<IFunctionMetadata>> ReportedAsync() =>
        await new GeneratedFunctionMetadataProvider().GetFunctionMetadataAsync(AppContext.BaseDirectory);
}
