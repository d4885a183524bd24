using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using WebhookFunctions.Triggers;

namespace WebhookFunctions.Tests.Triggers;

/// <summary>Tests of which cancelled invocations end without an error.</summary>
public sealed class DisconnectedCallersTests
{
    private readonly DisconnectedCallers _middleware = new(NullLogger<DisconnectedCallers>.Instance);

    [Fact]
    public async Task A_cancelled_request_ends_without_an_error() =>
        await _middleware.Invoke(new CancellableInvocation("httpTrigger", isCancelled: true), _ => throw new TaskCanceledException());

    [Theory]
    // A message is settled as done if its function does not throw.
    [InlineData("serviceBusTrigger", true)]
    [InlineData("timerTrigger", true)]
    // Not the host's cancellation: a timeout of the function itself.
    [InlineData("httpTrigger", false)]
    public async Task Any_other_cancellation_is_a_failure(string trigger, bool isCancelled) => await Assert.ThrowsAsync<TaskCanceledException>(
        () => _middleware.Invoke(new CancellableInvocation(trigger, isCancelled), _ => throw new TaskCanceledException()));

    [Fact]
    public async Task Another_exception_is_a_failure_after_a_cancellation_too() => await Assert.ThrowsAsync<InvalidOperationException>(
        () => _middleware.Invoke(new CancellableInvocation("httpTrigger", isCancelled: true), _ => throw new InvalidOperationException()));

    private sealed class CancellableInvocation(string trigger, bool isCancelled) : FunctionContext
    {
        public override CancellationToken CancellationToken => new(isCancelled);

        public override FunctionDefinition FunctionDefinition { get; } = new TriggeredFunction(trigger);

        public override string InvocationId => "";

        public override string FunctionId => "";

        public override TraceContext TraceContext => throw new NotSupportedException();

        public override BindingContext BindingContext => throw new NotSupportedException();

        public override RetryContext RetryContext => throw new NotSupportedException();

        public override IServiceProvider InstanceServices { get; set; } = null!;

        public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

        public override IInvocationFeatures Features => throw new NotSupportedException();
    }

    private sealed class TriggeredFunction(string trigger) : FunctionDefinition
    {
        public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } =
            ImmutableDictionary<string, BindingMetadata>.Empty.Add("trigger", new Trigger(trigger));

        public override string Name => "Function";

        public override ImmutableArray<FunctionParameter> Parameters => [];

        public override string PathToAssembly => "";

        public override string EntryPoint => "";

        public override string Id => "";

        public override IImmutableDictionary<string, BindingMetadata> OutputBindings => ImmutableDictionary<string, BindingMetadata>.Empty;
    }

    private sealed class Trigger(string type) : BindingMetadata
    {
        public override string Name => "trigger";

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
