using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>
/// Storage account in memory that handles the requests of the real clients and counts them for each partition.
/// </summary>
/// <remarks>
/// It supports the requests that an event causes: single rows, transactions, and blobs that are written in one request. It stores the rows and the
/// names of the blobs. It answers 501 to any other request, so that a new kind of request of the app cannot be miscounted.
/// </remarks>
internal sealed partial class MemoryStorage : HttpMessageHandler
{
    private const string Account = "memory";

    private readonly Lock _lock = new();
    private readonly Dictionary<RowAddress, Row> _rows = [];
    private readonly HashSet<string> _blobs = [];
    private readonly Dictionary<(string Table, string Partition), int> _entities = [];
    private long _version;

    public MemoryStorage()
    {
        var transport = new HttpClientTransport(this);
        Tables = new TableServiceClient(
            new Uri($"https://{Account}.table.core.windows.net"), new TableSharedKeyCredential(Account, ""), new TableClientOptions { Transport = transport });
        Blobs = new BlobServiceClient(new Uri($"https://{Account}.blob.core.windows.net"), new BlobClientOptions { Transport = transport });
    }

    public TableServiceClient Tables { get; }

    public BlobServiceClient Blobs { get; }

    /// <summary>Gets the number of requests to the account. A transaction counts as one.</summary>
    public int Requests { get; private set; }

    /// <summary>Gets the number of rows that were read or written in each partition. Each row of a transaction counts, as for a partition's
    /// limit.</summary>
    public IReadOnlyDictionary<(string Table, string Partition), int> Entities => _entities;

    /// <summary>Gets the number of blobs.</summary>
    public int BlobCount => _blobs.Count;

    /// <summary>Returns the values of a column in all rows with a row key.</summary>
    public IEnumerable<string> Values(string table, string rowKey, string column) =>
        _rows.Where(row => row.Key.Table == table && row.Key.RowKey == rowKey).Select(row => row.Value.Columns[column]!.GetValue<string>());

    /// <summary>Returns the number of rows of a partition.</summary>
    public int RowCount(string table, string partition) => _rows.Keys.Count(row => row.Table == table && row.Partition == partition);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var (path, isTable) = (Uri.UnescapeDataString(request.RequestUri!.AbsolutePath).TrimStart('/'), request.RequestUri.Host.Contains(".table.", StringComparison.Ordinal));
        HttpResponseMessage answer;
        lock (_lock)
        {
            Requests++;
            answer = !isTable ? PutBlob(request, path) : path == "$batch" ? Transact(body) : Single(request.Method.Method, path, Condition(request), body);
        }

        answer.RequestMessage = request;
        return answer;
    }

    private static string? Condition(HttpRequestMessage request) => request.Headers.TryGetValues("If-Match", out var values) ? string.Join(",", values) : null;

    private HttpResponseMessage PutBlob(HttpRequestMessage request, string path)
    {
        if (request.Method != HttpMethod.Put || request.RequestUri!.Query.Contains("comp=", StringComparison.Ordinal) || !request.Headers.Contains("If-None-Match"))
        {
            return new HttpResponseMessage(HttpStatusCode.NotImplemented);
        }

        if (!_blobs.Add(path))
        {
            return Refusal(HttpStatusCode.Conflict, "BlobAlreadyExists");
        }

        var answer = new HttpResponseMessage(HttpStatusCode.Created) { Content = new ByteArrayContent([]) };
        answer.Headers.TryAddWithoutValidation("ETag", NewTag());
        answer.Content.Headers.LastModified = DateTimeOffset.UnixEpoch;
        return answer;
    }

    private HttpResponseMessage Single(string method, string path, string? condition, string body)
    {
        var operation = Read(method, path, condition, body);
        if (operation is null)
        {
            return new HttpResponseMessage(HttpStatusCode.NotImplemented);
        }

        Count(operation);
        if (method == "GET")
        {
            return _rows.TryGetValue(operation.Address, out var row)
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Written(row), Encoding.UTF8, "application/json") }
                : Refusal(HttpStatusCode.NotFound, "ResourceNotFound");
        }

        if (Problem(operation) is { } problem)
        {
            return Refusal(problem, problem.ToString());
        }

        var answer = new HttpResponseMessage(HttpStatusCode.NoContent);
        answer.Headers.TryAddWithoutValidation("ETag", Apply(operation));
        return answer;
    }

    private HttpResponseMessage Transact(string body)
    {
        var operations = Part().Matches(body).Select(part => Read(
            part.Groups["method"].Value,
            Uri.UnescapeDataString(new Uri(part.Groups["url"].Value).AbsolutePath).TrimStart('/'),
            IfMatch().Match(part.Groups["headers"].Value) is { Success: true } match ? match.Groups[1].Value.Trim() : null,
            part.Groups["body"].Value)).ToList();
        if (operations.Count == 0 || operations.Contains(null))
        {
            return new HttpResponseMessage(HttpStatusCode.NotImplemented);
        }

        operations.ForEach(operation => Count(operation!));
        var (failed, problem) = operations.Select((operation, i) => (i, Problem(operation!))).FirstOrDefault(part => part.Item2 is not null);
        var parts = problem is { } status
            ? [$"HTTP/1.1 {(int)status} {status}\r\nContent-Type: application/json\r\n\r\n" + $$$$"""{"odata.error":{"code":"{{{{status}}}}","message":{"lang":"en-US","value":"{{{{failed}}}}:refused"}}}"""]
            : operations.Select(operation => $"HTTP/1.1 204 No Content\r\nETag: {Apply(operation!)}\r\n\r\n");
        var text = new StringBuilder("--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n");
        foreach (var part in parts)
        {
            text.Append("--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n").Append(part).Append("\r\n");
        }

        text.Append("--changesetresponse_1--\r\n--batchresponse_1--\r\n");
        var content = new StringContent(text.ToString());
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/mixed; boundary=batchresponse_1");
        return new HttpResponseMessage(HttpStatusCode.Accepted) { Content = content };
    }

    private static Operation? Read(string method, string path, string? condition, string body)
    {
        var columns = body.Length == 0 ? null : JsonNode.Parse(body)!.AsObject();
        if (method == "POST")
        {
            return new Operation(method, new RowAddress(path, columns!["PartitionKey"]!.GetValue<string>(), columns["RowKey"]!.GetValue<string>()), condition, columns);
        }

        return Address().Match(path) is { Success: true } address && method is "GET" or "PUT" or "DELETE"
            ? new Operation(method, new RowAddress(address.Groups["table"].Value, Key(address.Groups["partition"]), Key(address.Groups["row"])), condition, columns)
            : null;

        static string Key(Group group) => group.Value.Replace("''", "'", StringComparison.Ordinal);
    }

    private void Count(Operation operation)
    {
        var partition = (operation.Address.Table, operation.Address.Partition);
        _entities[partition] = _entities.GetValueOrDefault(partition) + 1;
    }

    private HttpStatusCode? Problem(Operation operation) => (operation.Method, _rows.GetValueOrDefault(operation.Address)) switch
    {
        ("POST", not null) => HttpStatusCode.Conflict,
        ("DELETE", null) => HttpStatusCode.NotFound,
        ("PUT", null) when operation.Condition is not null => HttpStatusCode.NotFound,
        (_, { } row) when operation.Condition is not (null or "*") && operation.Condition != row.Tag => HttpStatusCode.PreconditionFailed,
        _ => null,
    };

    private string Apply(Operation operation)
    {
        var tag = NewTag();
        if (operation.Method == "DELETE")
        {
            _rows.Remove(operation.Address);
        }
        else
        {
            _rows[operation.Address] = new Row(operation.Columns!, tag);
        }

        return tag;
    }

    private static string Written(Row row)
    {
        var columns = row.Columns.DeepClone().AsObject();
        columns["odata.etag"] = row.Tag;
        columns["Timestamp"] = "2026-01-01T00:00:00Z";
        return columns.ToJsonString(JsonSerializerOptions.Default);
    }

    private string NewTag() => string.Create(CultureInfo.InvariantCulture, $"W/\"{++_version}\"");

    private static HttpResponseMessage Refusal(HttpStatusCode status, string code)
    {
        var answer = new HttpResponseMessage(status)
        {
            Content = new StringContent($$$$"""{"odata.error":{"code":"{{{{code}}}}","message":{"lang":"en-US","value":"Refused."}}}""", Encoding.UTF8, "application/json"),
        };
        answer.Headers.Add("x-ms-error-code", code);
        return answer;
    }

    [GeneratedRegex(@"\A(?<table>\w+)\(PartitionKey='(?<partition>(?:[^']|'')*)',RowKey='(?<row>(?:[^']|'')*)'\)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex(@"^(?<method>POST|PUT|DELETE) (?<url>\S+) HTTP/1\.1\r\n(?<headers>(?:[^\r\n]+\r\n)*)\r\n(?<body>[^\r\n]*)", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Part();

    [GeneratedRegex(@"^If-Match:(.*)$", RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex IfMatch();

    private sealed record RowAddress(string Table, string Partition, string RowKey);

    private sealed record Row(JsonObject Columns, string Tag);

    private sealed record Operation(string Method, RowAddress Address, string? Condition, JsonObject? Columns);
}
