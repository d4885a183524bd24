using WebhookFunctions.Model;

namespace WebhookFunctions.Tests.Model;

/// <summary>Tests that the columns of the table of states agree for every state.</summary>
public sealed class AssetStatesTests
{
    private static readonly AssetState[] All = Enum.GetValues<AssetState>();

    [Fact]
    public void A_state_that_counts_on_the_event_is_final_and_in_the_total_and_the_reverse() =>
        Assert.All(All, state => Assert.Equal(state.IsFinal() && state.IsInTotal(), state.CountsAs() != AssetCount.None));

    [Fact]
    public void A_state_that_can_be_refetched_is_final() => Assert.All(All, state => Assert.Equal(state.IsFinal(), state.IsRefetchable()));

    [Fact]
    public void A_replay_restarts_no_asset_that_is_stored_or_not_to_be_fetched() =>
        Assert.All(All, state => Assert.Equal(state.IsInTotal() && state.CountsAs() != AssetCount.Stored, state.IsReplayable()));

    [Fact]
    public void A_row_begins_in_a_state_in_which_it_waits_for_a_message_or_has_ended()
    {
        var source = new AssetSource { Name = "a", Url = "https://example.com/a" };
        AssetSource[] sources = [source, source with { FetchError = "x" }, source with { ExternalReason = "x" }, source with { FetchError = "x", ExternalReason = "y" }];

        Assert.Equal([true, false, false, false], sources.Select(each => each.IsFetched));
        Assert.Equal([1, 1, 0, 1], sources.Select(each => each.InitialState.IsInTotal() ? 1 : 0));
        Assert.All(sources, each => Assert.Equal(!each.IsFetched, each.InitialState.IsFinal()));
    }
}
