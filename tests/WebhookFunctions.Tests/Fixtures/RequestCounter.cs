using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;

namespace WebhookFunctions.Tests.Fixtures;

/// <summary>Pipeline policy that counts requests to storage by method and target.</summary>
internal sealed class RequestCounter : HttpPipelineSynchronousPolicy
{
    // Azurite's account name, which is part of the path.
    private const string Account = "devstoreaccount1/";

    private readonly ConcurrentQueue<string> _requests = [];

    /// <summary>Returns how many requests were sent whose method and path match, such as <c>GET /account/GenerationJobs(</c>.</summary>
    public int Count(Func<string, bool> matches) => _requests.Count(matches);

    /// <summary>Gets how many requests were sent of each kind, such as <c>GET GenerationJobs</c>: the method, and the table, the container or
    /// <c>$batch</c>.</summary>
    public IEnumerable<(string Kind, int Count)> Kinds() => _requests.GroupBy(KindOf).Select(kind => (kind.Key, kind.Count()));

    public int Total => _requests.Count;

    public void Reset() => _requests.Clear();

    private static string KindOf(string request)
    {
        var (method, path) = (request.Split(' ')[0], request.Split(' ')[1].TrimStart('/'));
        path = path.StartsWith(Account, StringComparison.Ordinal) ? path[Account.Length..] : path;
        return $"{method} {path.Split('(', '/')[0]}";
    }

    public override void OnSendingRequest(HttpMessage message) => _requests.Enqueue($"{message.Request.Method} {message.Request.Uri.Path}");
}
