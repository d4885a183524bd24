using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace Benchmarks.Suites.Waiting;

/// <summary>A table service that has no row.</summary>
internal sealed class EmptyTables : TableServiceClient
{
    public override TableClient GetTableClient(string tableName) => new Table();

    private sealed class Table : TableClient
    {
        public override Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
            string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default) =>
            Task.FromResult<NullableResponse<T>>(new NoRow<T>());
    }

    private sealed class NoRow<T> : NullableResponse<T>
    {
        public override bool HasValue => false;

        public override T? Value => default;

        public override Response GetRawResponse() => throw new NotSupportedException("There is no response.");
    }
}

/// <summary>A blob service that is not asked for anything.</summary>
internal sealed class EmptyBlobs : BlobServiceClient
{
    public override BlobContainerClient GetBlobContainerClient(string blobContainerName) => new Container();

    private sealed class Container : BlobContainerClient;
}
