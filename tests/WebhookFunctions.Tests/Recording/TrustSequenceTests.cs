using WebhookFunctions.Tests.Fixtures;

namespace WebhookFunctions.Tests.Recording;

/// <summary>
/// Tests of random sequences of genuine and forged events for the same jobs. With a token, jobs end exactly as the genuine events say. With only an API
/// key they do so after a recovery of the jobs whose webhook id a forged event has used. With neither, they stay unconfirmed. A thousand more sequences:
/// <c>dotnet test tests/WebhookFunctions.Tests --filter FullyQualifiedName~TrustSequenceTests -- xUnit.Explicit=only</c>.
/// </summary>
public sealed class TrustSequenceTests(TrustWorld world, AzuriteFixture azurite) : IClassFixture<TrustWorld>
{
    private const int Seeds = 8;
    private const int ManySeeds = 1_000;

    public static TheoryData<Proof, int> FewSeeds() => Cases(Enumerable.Range(1, Seeds));

    [Theory]
    [MemberData(nameof(FewSeeds))]
    public Task A_sequence_ends_with_what_is_proven(Proof proof, int seed) => TrustSequence.RunAsync(seed, proof, world, azurite);

    [Theory(Explicit = true)]
    [InlineData(Proof.Token)]
    [InlineData(Proof.ApiKey)]
    [InlineData(Proof.None)]
    public async Task A_thousand_sequences_end_with_what_is_proven(Proof proof)
    {
        for (var seed = Seeds + 1; seed <= Seeds + ManySeeds; seed++)
        {
            await TrustSequence.RunAsync(seed, proof, world, azurite);
        }
    }

    private static TheoryData<Proof, int> Cases(IEnumerable<int> seeds)
    {
        var cases = new TheoryData<Proof, int>();
        foreach (var seed in seeds)
        {
            foreach (var proof in Enum.GetValues<Proof>())
            {
                cases.Add(proof, seed);
            }
        }

        return cases;
    }
}
