using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Benchmarks.Servers;

/// <summary>Server that reads and ignores the body and answers: the upper bound for any receiver on Kestrel.</summary>
internal static class BareKestrelServer
{
    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var app = ServerHost.CreateBuilder().Build();
        app.Run(AnswerAsync);
        await ServerHost.ServeAsync(app, () => Task.FromResult(0L), cancellationToken);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        var answer = """{"received":true}"""u8;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        context.Response.BodyWriter.Write(answer);
    }
}
