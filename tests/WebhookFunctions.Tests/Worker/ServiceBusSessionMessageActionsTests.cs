using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;

namespace WebhookFunctions.Tests.Worker;

/// <summary>Tests of session actions through the host. They check the path and the bytes of each call, which the real host reads.</summary>
public sealed class ServiceBusSessionMessageActionsTests : IAsyncLifetime
{
    private static readonly Dictionary<string, object?> Binding = new()
    {
        ["SessionId"] = "s1",
        ["SessionActions"] = """{ "SessionLockedUntil": "2026-11-26T12:00:00+00:00" }""",
    };

    // Field 1 with two bytes, the session's id.
    private static readonly byte[] SessionId = [0x0A, 2, (byte)'s', (byte)'1'];

    private SettlementServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await SettlementServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_state_is_read()
    {
        _server.Answer = [0x0A, 3, 7, 8, 9];

        var state = await RunAsync(actions => actions.GetSessionStateAsync());

        Assert.Equal([7, 8, 9], state.ToArray());
        Assert.Equal("/Settlement/GetSessionState", _server.Only.Path);
        Assert.Equal(SessionId, _server.Only.Message);
    }

    [Fact]
    public async Task The_state_is_replaced()
    {
        await RunAsync(actions => Done(actions.SetSessionStateAsync(BinaryData.FromBytes([7, 8]))));

        Assert.Equal("/Settlement/SetSessionState", _server.Only.Path);
        Assert.Equal([.. SessionId, 0x12, 2, 7, 8], _server.Only.Message);
    }

    [Fact]
    public async Task The_session_is_released()
    {
        await RunAsync(actions => Done(actions.ReleaseSession()));

        Assert.Equal("/Settlement/ReleaseSession", _server.Only.Path);
        Assert.Equal(SessionId, _server.Only.Message);
    }

    [Fact]
    public async Task The_expiry_of_the_lock_is_that_of_the_binding_and_then_that_of_the_renewal()
    {
        // Field 1 is a timestamp, whose field 1 is a varint of 90 seconds.
        _server.Answer = [0x0A, 2, 0x08, 90];

        var (before, after) = await RunAsync(async actions =>
        {
            var bound = actions.SessionLockedUntil;
            await actions.RenewSessionLockAsync();
            return (bound, actions.SessionLockedUntil);
        });

        Assert.Equal(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero), before);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(90), after);
        Assert.Equal("/Settlement/RenewSessionLock", _server.Only.Path);
        Assert.Equal(SessionId, _server.Only.Message);
    }

    [Fact]
    public async Task A_batch_names_its_session_once_for_each_message()
    {
        await using var worker = _server.Worker();
        var result = await BindingConverter.ConvertAsync(
            typeof(ServiceBusSessionMessageActions),
            worker,
            bindingData: new Dictionary<string, object?> { ["SessionIdArray"] = Enumerable.Repeat("s1", 2).ToList(), ["SessionActions"] = Binding["SessionActions"] });

        await Assert.IsType<ServiceBusSessionMessageActions>(result.Value).ReleaseSession(TestContext.Current.CancellationToken);

        Assert.Equal(SessionId, _server.Only.Message);
    }

    [Theory]
    [InlineData(null, """{ "SessionLockedUntil": "2026-11-26T12:00:00+00:00" }""")]
    [InlineData("s1", null)]
    [InlineData("s1", "{}")]
    [InlineData("s1", "{")]
    [InlineData("s1", """{ "SessionLockedUntil": "soon" }""")]
    public async Task Binding_data_without_a_session_fails(string? sessionId, string? actions)
    {
        await using var worker = _server.Worker();
        var result = await BindingConverter.ConvertAsync(
            typeof(ServiceBusSessionMessageActions),
            worker,
            bindingData: new Dictionary<string, object?> { ["SessionId"] = sessionId, ["SessionActions"] = actions });

        Assert.Equal(ConversionStatus.Failed, result.Status);
    }

    private async Task<T> RunAsync<T>(Func<ServiceBusSessionMessageActions, Task<T>> use)
    {
        await using var worker = _server.Worker();
        var result = await BindingConverter.ConvertAsync(typeof(ServiceBusSessionMessageActions), worker, bindingData: Binding);
        return await use(Assert.IsType<ServiceBusSessionMessageActions>(result.Value));
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}
