using MoeScale.Basics;

namespace MoeScale.Models.Tests;

public class RoutingKeysTests
{
    private const string Experts = """
        id: tiny
        d_model: 64
        n_blocks: 2
        n_heads: 2
        d_ff: 192
        experts: 4
        granularity: 2
        vocab_size: 257
        context: 128
        activation: swiglu
        norm: rmsnorm
        positions: rope

        """;

    private static Model Parse(string keys) => ModelFile.Parse(YamlMap.Parse(Experts + keys, "m.yaml"));

    [Fact]
    public void Parse_NoKeys_IsTopKByProbabilityWithBothUsualLosses()
    {
        Model m = Parse("");
        Assert.Equal(
            new Routing
            {
                Kind = RoutingKind.TokenChoice,
                Weights = RouterWeights.Softmax,
                CapacityFactor = null,
                BalanceLoss = 0.01,
                ZLoss = 0.001,
                BalanceBias = 0,
            },
            m.Routing
        );
        Assert.Equal(0, m.RoutingGroup);
        Assert.False(m.Biases.HasFlag(BiasSet.Router));
    }

    [Theory]
    [InlineData("softmax", RouterWeights.Softmax)]
    [InlineData("selected_softmax", RouterWeights.SelectedSoftmax)]
    [InlineData("sigmoid", RouterWeights.Sigmoid)]
    [InlineData("selected_sigmoid", RouterWeights.SelectedSigmoid)]
    public void Parse_EachWeight_IsItself(string name, RouterWeights weights)
    {
        Model m = Parse($"routing: token_choice\nrouter_weights: {name}\ncapacity_factor: 1.25\nbalance_loss: 0.02\nrouter_z_loss: 0\n");
        Assert.Equal(
            new Routing
            {
                Weights = weights,
                CapacityFactor = 1.25,
                BalanceLoss = 0.02,
                ZLoss = 0,
            },
            m.Routing
        );
    }

    [Fact]
    public void Parse_BalanceBias_IsABiasOfTheRouterInThePlaceOfTheLoss()
    {
        Model m = Parse("balance_bias: 1e-3\n");
        Assert.Equal((1e-3, 0, 1e-3), (m.Routing.BalanceBias, m.Routing.BalanceLoss, m.Routing.ZLoss));
        Assert.True(m.Biases.HasFlag(BiasSet.Router));
        // Both, if the file says so.
        Assert.Equal(1e-4, Parse("balance_bias: 1e-3\nbalance_loss: 1e-4\n").Routing.BalanceLoss);
        // None, and the usual loss is back.
        Assert.Equal(0.01, Parse("balance_bias: 0\n").Routing.BalanceLoss);
    }

    [Theory]
    [InlineData("4", 4)]
    [InlineData("experts * 3", 12)]
    public void Parse_ExpertChoice_HasAGroup(string group, double expected)
    {
        Model m = Parse($"routing: expert_choice\nrouting_group: {group}\n");
        Assert.Equal(Routing.ExpertChoice, m.Routing);
        Assert.Equal((0, 0), (m.Routing.BalanceLoss, m.Routing.ZLoss));
        Assert.Equal(expected, m.RoutingGroup);
    }

    [Theory]
    [InlineData("routing: expert", "m.yaml:13:10: 'routing' is 'expert'", "it needs one of token_choice, expert_choice.")]
    [InlineData(
        "router_weights: sigmiod",
        "m.yaml:13:17: 'router_weights' is 'sigmiod' (did you mean 'sigmoid'?)",
        "it needs one of softmax, selected_softmax, sigmoid, selected_sigmoid."
    )]
    [InlineData(
        "capacity_factor: 0",
        "m.yaml:13:18: 'capacity_factor' is 0",
        "it needs a number above zero, and without it no token is dropped."
    )]
    [InlineData("capacity_factor: -1", "m.yaml:13:18: 'capacity_factor' is -1", "it needs a number above zero")]
    [InlineData("balance_loss: -0.1", "m.yaml:13:15: 'balance_loss' is -0.1", "it needs a number that is not below zero.")]
    [InlineData("router_z_loss: -0.1", "m.yaml:13:16: 'router_z_loss' is -0.1", "it needs a number that is not below zero.")]
    [InlineData("balance_bias: -0.1", "m.yaml:13:15: 'balance_bias' is -0.1", "it needs a number that is not below zero.")]
    [InlineData("balance_loss: much", "m.yaml:13:15: ", "number")]
    [InlineData("routing_group: 4", "m.yaml:13:16: a group is what experts choose from", "'routing_group' needs routing expert_choice.")]
    [InlineData(
        "routing: expert_choice\nrouting_group: 4\ncapacity_factor: 1",
        "m.yaml:15:18: 'capacity_factor' belongs to routing token_choice",
        "Leave one of the two out."
    )]
    [InlineData(
        "routing: expert_choice\nrouting_group: 4\nbalance_loss: 0",
        "m.yaml:15:15: 'balance_loss' belongs to routing token_choice",
        "Leave one of the two out."
    )]
    [InlineData(
        "routing: expert_choice\nrouting_group: 4\nbalance_bias: 0",
        "m.yaml:15:15: 'balance_bias' belongs to routing token_choice",
        "Leave one of the two out."
    )]
    [InlineData(
        "routing: expert_choice\nrouting_group: 4\nrouter_z_loss: 0",
        "m.yaml:15:16: 'router_z_loss' belongs to routing token_choice",
        "and the router has no loss of its own. Leave one of the two out."
    )]
    [InlineData(
        "routing: expert_choice\nrouting_group: 4\nrouter_weights: sigmoid",
        "m.yaml:15:17: expert_choice weights by the softmax over all experts",
        "leave 'router_weights' out."
    )]
    [InlineData(
        "routing: expert_choice",
        "no such model can be built: experts choose among the sequences of a group",
        "routing_group does not say how many those are."
    )]
    [InlineData(
        "routing: expert_choice\nrouting_group: 3",
        "in a group of 3 sequences an expert has less than one token",
        "routing_group must be at least expert_count/top_k = 4."
    )]
    [InlineData(
        "routing: expert_choice\nrouting_group: 6",
        "routing_group 6 times top_k 2 is not a multiple of the 8 experts",
        "so that they would not take equal shares."
    )]
    [InlineData("routing: expert_choice\nrouting_group: 4.5", "routing_group 4.5 is not a whole number", "")]
    [InlineData("routing: expert_choice\nrouting_group: -4", "m.yaml:14:16: 'routing_group' comes out as -4", "")]
    [InlineData("balance_los: 1", "'balance_los' is not known here", "did you mean 'balance_loss'?")]
    public void Parse_Mistake_SaysWhereAndHowToMendIt(string keys, string expected, string cure)
    {
        string message = Assert.Throws<UserException>(() => Parse(keys + "\n")).Message;
        Assert.Contains(expected, message);
        Assert.Contains(cure, message);
    }

    [Theory]
    [InlineData("router_weights: softmax\nbalance_loss: 0.01\nrouter_z_loss: 0.001\n", "")]
    [InlineData(
        "router_weights: selected_sigmoid\nbalance_loss: 0\nrouter_z_loss: 0\ncapacity_factor: 1.5\nbalance_bias: 0.001\n",
        "router_weights: selected_sigmoid\nrouter_z_loss: 0\ncapacity_factor: 1.5\nbalance_bias: 0.001\n"
    )]
    [InlineData("routing: expert_choice\nrouting_group: 8\n", "routing: expert_choice\nrouting_group: 8\n")]
    public void Write_Routing_IsTheKeysThatSayIt(string expected, string keys)
    {
        string written = ModelFile.Write(Parse(keys));
        Assert.Contains(expected, written);
        Assert.Equal(Parse(keys), ModelFile.Parse(YamlMap.Parse(written, "again.yaml")));
    }

    [Theory]
    [InlineData("", "balance_loss router_z_loss")]
    [InlineData("balance_bias: 0.001\n", "router_z_loss")]
    [InlineData("balance_loss: 0.01\n", "router_z_loss")]
    [InlineData("balance_loss: 0.01\nrouter_z_loss: 0.001\n", "")]
    [InlineData("routing: expert_choice\nrouting_group: 8\n", "")]
    public void Parse_LossesThatNobodyGave_AreAssumed(string keys, string assumed)
    {
        Model m = Parse(keys);
        Assert.Equal(assumed, string.Join(' ', m.Routing.Assumed));
        Assert.Equal(assumed, string.Join(' ', RoutingOverrides.Apply(m, [("top_k", "1")]).Routing.Assumed));
        Assert.Equal(m.Routing, m.Routing with { Assumed = [] });
    }

    [Fact]
    public void WhyNot_AGroupThatSuits_HasNothingAgainstIt()
    {
        Model m = Parse("routing: expert_choice\nrouting_group: 4\n");
        for (double group = 1; group <= 24; group++)
        {
            // Eight experts take 2·group/8 of a group each.
            Assert.Equal(group % 4 == 0, Buildable.WhyNot(m with { RoutingGroup = group }, 1) is null);
        }
        // Where tokens choose, or nobody does, no group is asked for.
        Assert.Null(Buildable.WhyNot(m with { RoutingGroup = 0, Routing = new() }, 1));
        Assert.Null(Buildable.WhyNot(m with { RoutingGroup = 0, ExpertCount = 1, TopK = 1, ExpertWidth = 192 }, 1));
    }
}
