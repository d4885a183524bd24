using System.Runtime.ExceptionServices;

namespace WebhookFunctions.Downloading.Blobs;

/// <summary>Uploader that stages the blocks of one blob, several at a time. It holds the blocks in flight in memory.</summary>
internal sealed class BlockUpload(AssetBlobs blobs, string blob, BlockIds ids, int inFlight, BlockBuffers buffers, CancellationToken abandon) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(inFlight);
    private readonly List<StagedBlock> _blocks = [];
    private ExceptionDispatchInfo? _failure;

    /// <summary>The blocks, in the order of the asset. All are staged once <see cref="DrainAsync"/> has completed successfully.</summary>
    public IReadOnlyList<StagedBlock> Blocks => _blocks;

    public long End => _blocks.Count == 0 ? 0 : _blocks[^1].End;

    /// <summary>Adds the blocks that earlier attempts staged.</summary>
    public void Continue(IEnumerable<StagedBlock> staged) => _blocks.AddRange(staged);

    /// <summary>
    /// Starts staging the next block, once there is a slot. The buffer returns to the pool when the staging has ended, whatever its result, and the
    /// task <paramref name="hashed"/> has completed.
    /// </summary>
    /// <exception cref="Azure.RequestFailedException">An earlier block could not be staged.</exception>
    public async ValueTask AddAsync(byte[] buffer, int count, Task hashed)
    {
        await _slots.WaitAsync(CancellationToken.None);
        var block = ids.Block(End, count);
        _blocks.Add(block);
        _ = StageAsync(block, buffer, hashed);
        Volatile.Read(ref _failure)?.Throw();
    }

    /// <summary>Waits for the blocks in flight.</summary>
    /// <exception cref="Azure.RequestFailedException">A block could not be staged.</exception>
    public async Task DrainAsync()
    {
        await SettleAsync();
        Volatile.Read(ref _failure)?.Throw();
    }

    /// <summary>Waits for the blocks in flight, whatever their results.</summary>
    public async Task SettleAsync()
    {
        for (var slot = 0; slot < inFlight; slot++)
        {
            await _slots.WaitAsync(CancellationToken.None);
        }

        _slots.Release(inFlight);
    }

    public void Dispose() => _slots.Dispose();

    // Stages one block. Never throws: its exception is thrown by the next call.
    private async Task StageAsync(StagedBlock block, byte[] buffer, Task hashed)
    {
        try
        {
            await blobs.StageAsync(blob, block, buffer.AsMemory(0, block.Length), abandon);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
        finally
        {
            await hashed;
            buffers.Return(buffer);
            _slots.Release();
        }
    }
}
