using MoeScale.Basics;

namespace MoeScale.Formulas.Tests;

public class NamedPartsTests
{
    private static Dictionary<string, Expression> Resolve(params (string Name, string Text)[] parts) =>
        NamedParts.Resolve(
            parts.ToDictionary(p => p.Name, p => Parser.ParseNumber(p.Text, p.Name)),
            (_, message) => new UserException(message)
        );

    [Fact]
    public void Resolve_AnyOrder_LeavesOuterNamesOnly()
    {
        Dictionary<string, Expression> parts = Resolve(("c", "a + b"), ("a", "2*x"), ("b", "a^2"));
        Assert.Equal(["x"], parts["c"].FreeNames());
        Assert.Equal(6 + 36, CompiledFormula.Compile(parts["c"], ["x"]).Evaluate([3]));
    }

    [Fact]
    public void Resolve_PartsThatChainTooDeep_AreRefusedNotCrashed()
    {
        string chain = string.Concat(Enumerable.Repeat("+ 1", 1500));
        Assert.Contains(
            "nests more than 2000",
            Assert.Throws<UserException>(() => Resolve(("a", "x" + chain), ("b", "a" + chain))).Message
        );
    }

    [Fact]
    public void Resolve_Circle_ShowsIt() =>
        Assert.Equal(
            "'a' is defined in terms of itself: a -> b -> a",
            Assert.Throws<UserException>(() => Resolve(("a", "b"), ("b", "a + 1"))).Message
        );
}
