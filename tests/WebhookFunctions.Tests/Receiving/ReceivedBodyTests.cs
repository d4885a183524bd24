using System.Buffers;
using System.IO.Pipelines;
using CsCheck;
using WebhookFunctions.Receiving;
using WebhookFunctions.Tests.Verification;

namespace WebhookFunctions.Tests.Receiving;

public sealed class ReceivedBodyTests
{
    private const int Limit = 30_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_declared_length_allocates_no_memory_before_the_bytes_arrive()
    {
        const int Senders = 50;
        var pipes = Enumerable.Range(0, Senders).Select(_ => new Pipe()).ToList();
        var requests = pipes.ConvertAll(pipe => ReceiverBench.Request(pipe.Reader, declaredLength: Limit));
        foreach (var pipe in pipes)
        {
            pipe.Writer.Write("{\"drip\":"u8);
            await pipe.Writer.FlushAsync(Cancel);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var reads = requests.ConvertAll(request => ReceivedBody.ReadAsync(request, Limit, memory: null, Cancel).AsTask());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.All(reads, read => Assert.False(read.IsCompleted));
        // A first buffer of 4 KiB and the state of the wait for each sender. Buffers of the declared lengths would be 1.5 GB.
        Assert.InRange(allocated, 0, Senders * 16 * 1024);
        pipes.ForEach(pipe => pipe.Writer.Complete());
    }

    [Fact]
    public async Task Any_body_is_read_completely_however_it_is_split() =>
        await Gen.Select(Generated.Body, Gen.Int[1, 70_000].Array[1, 20]).SampleAsync(
            async (bytes, cuts) =>
            {
                var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
                var read = ReceivedBody.ReadAsync(ReceiverBench.Request(pipe.Reader), 1024 * 1024, memory: null, Cancel);
                var rest = bytes.AsMemory();
                for (var i = 0; !rest.IsEmpty; i++)
                {
                    var piece = Math.Min(rest.Length, cuts[i % cuts.Length]);
                    await pipe.Writer.WriteAsync(rest[..piece], Cancel);
                    rest = rest[piece..];
                }

                await pipe.Writer.CompleteAsync();
                using var body = Assert.IsType<BodyReadResult.Whole>(await read).Body;
                Assert.True(bytes.AsSpan().SequenceEqual(body.Bytes.Span));
            },
            iter: 100,
            threads: 1);

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, BodyReadFailure.TooLarge)]
    public async Task A_body_without_a_length_is_read_up_to_the_limit(int bytes, BodyReadFailure? expected)
    {
        var read = await ReceivedBody.ReadAsync(
            ReceiverBench.Request(PipeReader.Create(new MemoryStream(new byte[bytes]))), limit: 100, memory: null, Cancel);

        Assert.Equal(expected, (read as BodyReadResult.Failed)?.Failure);
        using var body = (read as BodyReadResult.Whole)?.Body;
        Assert.Equal(expected is null ? bytes : null, body?.Bytes.Length);
    }

    [Fact]
    public async Task A_declared_length_above_the_limit_is_refused_before_a_byte_is_read()
    {
        var read = await ReceivedBody.ReadAsync(
            ReceiverBench.Request(new Pipe().Reader, declaredLength: 101), limit: 100, memory: null, Cancel);

        Assert.Equal(new BodyReadResult.Failed(BodyReadFailure.TooLarge), read);
    }

    [Fact]
    public async Task A_cancelled_read_is_reported_as_an_incomplete_body()
    {
        using var cancelled = new CancellationTokenSource();
        var read = ReceivedBody.ReadAsync(ReceiverBench.Request(new Pipe().Reader), limit: 100, memory: null, cancelled.Token);

        await cancelled.CancelAsync();

        Assert.Equal(new BodyReadResult.Failed(BodyReadFailure.Incomplete), await read);
    }
}
