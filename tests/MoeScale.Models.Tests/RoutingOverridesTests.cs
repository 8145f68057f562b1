using MoeScale.Basics;

namespace MoeScale.Models.Tests;

public class RoutingOverridesTests
{
    private static readonly Model Joint = Buildable.Whole(ShapeFamily.Open("joint-2025").Model(128, 8, 4));
    private static readonly Model Fine = Buildable.Whole(ShapeFamily.Open("fine-grained-2024").Model(128, 8, 4));

    private static Model Apply(Model model, string given) =>
        RoutingOverrides.Apply(
            model,
            [.. given.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(g => (g.Split('=')[0], g.Split('=')[1]))]
        );

    [Fact]
    public void Families_OfBothPapers_RouteAsThePapers()
    {
        Assert.Equal(
            (RoutingKind.TokenChoice, 1.0, 0.01, 0.001, 4.0),
            (Joint.Routing.Kind, Joint.Routing.CapacityFactor, Joint.Routing.BalanceLoss, Joint.Routing.ZLoss, Joint.TopK)
        );
        Assert.Equal((RoutingKind.ExpertChoice, 32.0, 4.0, true), (Fine.Routing.Kind, Fine.RoutingGroup, Fine.TopK, Fine.NormAfterExperts));
    }

    [Fact]
    public void Apply_OfSomeKeys_LeavesTheOthers()
    {
        Assert.Equal(Joint, Apply(Joint, ""));
        Model changed = Apply(Joint, "top_k=2 balance_loss=0.02");
        Assert.Equal(Joint with { TopK = 2, Routing = Joint.Routing with { BalanceLoss = 0.02 } }, changed);
        Assert.Null(Apply(Joint, "capacity_factor=none").Routing.CapacityFactor);
        Assert.Equal(Fine with { RoutingGroup = 64 }, Apply(Fine, "routing_group=64"));
    }

    [Fact]
    public void Apply_OfABalanceBias_TakesThePlaceOfTheLoss()
    {
        Model biased = Apply(Joint, "balance_bias=0.001");
        Assert.Equal((0.001, 0.0, BiasSet.Router), (biased.Routing.BalanceBias, biased.Routing.BalanceLoss, biased.Biases));
        Assert.Equal(0.5, Apply(Joint, "balance_bias=0.001 balance_loss=0.5").Routing.BalanceLoss);
        Assert.Equal(Joint, Apply(biased, "balance_bias=0"));
        Assert.Equal(0.5, Apply(Apply(Joint, "balance_loss=0.5"), "balance_bias=0").Routing.BalanceLoss);
    }

    [Fact]
    public void Apply_OfTheOtherKind_DropsTheKeysOfTheFirst()
    {
        Model chosen = Apply(Joint, "routing=expert_choice");
        Assert.Equal((Routing.ExpertChoice, 32.0), (chosen.Routing, chosen.RoutingGroup));
        Model back = Apply(chosen, "routing=token_choice");
        Assert.Equal((new Routing(), 0.0), (back.Routing, back.RoutingGroup));
    }

    /// <summary>Options and files say the same: what options make is what its file reads back.</summary>
    [Theory]
    [InlineData("top_k=2")]
    [InlineData("router_weights=selected_sigmoid balance_bias=0.001")]
    [InlineData("capacity_factor=1.25 router_z_loss=0")]
    [InlineData("routing=expert_choice routing_group=16")]
    public void Apply_WrittenAndRead_IsTheSame(string given)
    {
        Model changed = Apply(Joint, given);
        Assert.Equal(changed, ModelFile.Parse(YamlMap.Parse(ModelFile.Write(changed), "m.yaml")));
    }

    [Theory]
    [InlineData("top_k=0.5", "'top_k: 0.5': no such model can be built: top_k 0.5 is not a whole number.")]
    [InlineData("balance_loss=-1", "'balance_loss: -1': 'balance_loss' is -1; it needs a number that is not below zero.")]
    [InlineData(
        "capacity_factor=much",
        "'capacity_factor: much': a capacity factor is a number above zero, such as 1.25, or 'none': no token is dropped."
    )]
    [InlineData("capacity_factor=0", "'capacity_factor: 0': a capacity factor is a number above zero, such as 1.25, or 'none'")]
    [InlineData("capacity_factor=None", "'capacity_factor: None': a capacity factor is a number above zero, such as 1.25, or 'none'")]
    [InlineData(
        "routing=expert_choice routing_group=20",
        "'routing: expert_choice', 'routing_group: 20': no such model can be built: routing_group 20 times top_k 4 is not a multiple of "
            + "the 32 experts"
    )]
    public void Apply_OfWhatCannotBe_NamesTheSetting(string given, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<UserException>(() => Apply(Joint, given)).Message);
}
