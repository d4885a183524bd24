using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace Benchmarks.Suites.Waiting;

/// <summary>Table service without rows.</summary>
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

        public override Response GetRawResponse() => throw new NotSupportedException("A table without rows has no response.");
    }
}

/// <summary>Blob service that is never called.</summary>
internal sealed class EmptyBlobs : BlobServiceClient
{
    public override BlobContainerClient GetBlobContainerClient(string blobContainerName) => new Container();

    private sealed class Container : BlobContainerClient;
}
