using CsCheck;
using WebhookFunctions.Downloading.Blobs;

namespace WebhookFunctions.Tests.Downloading;

public sealed class BlockIdsTests
{
    private const string Link = "https://media.example/v.mp4?of=1";

    private static readonly BlockIds Ids = BlockIds.For(Link, "\"v1\"");

    [Fact]
    public void A_chain_ends_at_the_first_gap_even_if_later_blocks_are_staged() =>
        Gen.Select(Gen.Int[1, 100_000].Array[1, 30], Gen.Int[0, 29], Gen.Int[0, 1_000_000]).Sample((lengths, gap, seed) =>
        {
            var blocks = new List<StagedBlock>();
            foreach (var length in lengths)
            {
                blocks.Add(Ids.Block(blocks.Count == 0 ? 0 : blocks[^1].End, length));
            }

            var other = BlockIds.For(Link, "\"v2\"");
            var elsewhere = BlockIds.For(Link.Replace('1', '2'), "\"v1\"");
            var staged = blocks.Where((_, i) => i != gap)
                .Concat([other.Block(0, 10), elsewhere.Block(0, 150_000), BlockIds.For(Link, null).Block(0, 200_000)])
                .Select(block => (block.Id, (long)block.Length)).Append(("bm90IG91cnM=", 5)).ToArray();
            new Random(seed).Shuffle(staged);

            Assert.Equal(blocks.Take(gap), Ids.Chain(staged));
        });

    [Fact]
    public void Of_two_blocks_at_the_same_offset_the_longer_one_is_used()
    {
        var (first, tail, whole, next) = (Ids.Block(0, 100), Ids.Block(100, 30), Ids.Block(100, 100), Ids.Block(200, 5));
        Assert.Equal([first, whole, next], Ids.Chain(Staged(first, tail, whole, next)));
    }

    [Fact]
    public void A_block_of_another_size_than_its_id_says_is_ignored() => Assert.Empty(Ids.Chain([(Ids.Block(0, 100).Id, 99)]));

    [Fact]
    public void All_ids_have_the_same_length() => Assert.Equal(
        [28],
        new[] { Ids.Block(0, 1), Ids.Block(long.MaxValue / 2, int.MaxValue), BlockIds.For(Link, null).Block(7, 7) }.Select(block => block.Id.Length).Distinct());

    private static IEnumerable<(string Id, long Size)> Staged(params StagedBlock[] blocks) => blocks.Select(block => (block.Id, (long)block.Length));
}
