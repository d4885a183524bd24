using Benchmarks.Load;
using Benchmarks.Processes;
using Benchmarks.Servers;

namespace Benchmarks.Suites.Receive;

/// <summary>Receivers of the comparison, each in its own process on the same core, and the load generator on the other core.</summary>
internal sealed class Contenders : IAsyncDisposable
{
    public const string Kestrel = "bare Kestrel";
    public const string Express = "Express";
    public const string Counting = "app, counting queue";
    public const string Durable = "app, durable queue";

    private readonly string _secret = ServerSettings.NewSecret();
    private readonly LoadProcess _load = new();
    private readonly List<Contender> _all = [];

    private Contenders()
    {
    }

    public IReadOnlyList<Contender> All => _all;

    public Contender this[string name] => _all.Single(contender => contender.Name == name);

    /// <summary>Starts them all. A receiver is idle except in its turn.</summary>
    public static async Task<Contenders> StartAsync(CancellationToken cancellationToken)
    {
        var contenders = new Contenders();
        try
        {
            await contenders.AddAsync(Kestrel, ServerKinds.BareKestrel, cancellationToken);
            await contenders.AddAsync(Counting, ServerKinds.Counting, cancellationToken);
            await contenders.AddAsync(Durable, ServerKinds.Durable, cancellationToken);
            contenders._all.Add(new(Express, await ExpressServer.StartAsync(Core.Server, contenders._secret, cancellationToken), Counts: false));
            return contenders;
        }
        catch
        {
            await contenders.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one turn of a contender.</summary>
    /// <exception cref="InvalidOperationException">It did not accept every webhook, or did not enqueue every one that it accepted.</exception>
    public async Task<Turn> RunAsync(
        Contender contender, Shape shape, double seconds, double leadSeconds, CancellationToken cancellationToken, int? rate = null)
    {
        var turn = await contender.RunAsync(_load, _secret, shape, seconds, leadSeconds, rate, cancellationToken);
        return contender.Name is not (Counting or Durable) || turn.Enqueued == turn.Load.Sent
            ? turn
            : throw new InvalidOperationException($"{contender.Name} enqueued {turn.Enqueued} of {turn.Load.Sent} webhooks.");
    }

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        foreach (var contender in _all)
        {
            await contender.Server.DisposeAsync();
        }
    }

    private async Task AddAsync(string name, string kind, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { [ServerSettings.Secret] = _secret };
        _all.Add(new(name, await ChildServer.StartSelfAsync(Core.Server, kind, environment, cancellationToken), Counts: true));
    }
}
