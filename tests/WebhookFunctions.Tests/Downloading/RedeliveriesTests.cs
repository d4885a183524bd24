using WebhookFunctions.Downloading.Leases;
using WebhookFunctions.Messaging;

namespace WebhookFunctions.Tests.Downloading;

/// <summary>Tests of which lease owners have lost their lock.</summary>
public sealed class RedeliveriesTests
{
    private readonly Redeliveries _redeliveries = new();

    [Theory]
    [InlineData("7:1:first", true)]
    [InlineData("7:3:third", true)]
    // The delivery itself, and one that went to another process after it.
    [InlineData("7:4:token", false)]
    [InlineData("7:5:later", false)]
    // Other messages.
    [InlineData("8:1:first", false)]
    [InlineData("77:1:first", false)]
    // Not written by this version.
    [InlineData("7:first", false)]
    [InlineData("7", false)]
    [InlineData("", false)]
    [InlineData("x:y:z", false)]
    public void Only_an_earlier_delivery_of_a_redelivered_message_has_lost_its_lock(string owner, bool hasLostLock)
    {
        _redeliveries.Add(new MessageDelivery(7, "token", 4));

        Assert.Equal(hasLostLock, _redeliveries.Supersede(owner));
    }

    [Fact]
    public void The_latest_delivery_counts_in_whatever_order_they_are_added()
    {
        _redeliveries.Add(new MessageDelivery(7, "later", 9));
        _redeliveries.Add(new MessageDelivery(7, "earlier", 2));

        Assert.True(_redeliveries.Supersede(new MessageDelivery(7, "between", 8).LeaseOwner));
        Assert.False(_redeliveries.Supersede(new MessageDelivery(7, "later", 9).LeaseOwner));
    }

    [Fact]
    public void The_earliest_messages_are_forgotten_after_a_thousand_others()
    {
        for (var i = 0; i <= 1_000; i++)
        {
            _redeliveries.Add(new MessageDelivery(i, "token", 2));
        }

        Assert.False(_redeliveries.Supersede(new MessageDelivery(0, "token", 1).LeaseOwner));
        Assert.True(_redeliveries.Supersede(new MessageDelivery(1, "token", 1).LeaseOwner));
        Assert.True(_redeliveries.Supersede(new MessageDelivery(1_000, "token", 1).LeaseOwner));
    }
}
