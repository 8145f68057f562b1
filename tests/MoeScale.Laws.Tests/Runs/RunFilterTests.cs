using MoeScale.Basics;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

public class RunFilterTests
{
    private static readonly RunTable Table = Tables.Read(
        "router,step,loss,size\n" + "RL-R,100,2.5,190M\n" + "Hash,200,2.4,7B-4T\n" + ",300,,1B\n" + "RL-R,,2.2,\n"
    );

    private static int[] Select(string filter) => RunFilter.Parse(filter, "--where").Select(Table);

    [Theory]
    [InlineData("router = 'RL-R'", new[] { 0, 3 })]
    [InlineData("\"RL-R\" == router", new[] { 0, 3 })]
    [InlineData("router != 'RL-R'", new[] { 1, 2 })]
    [InlineData("router = ''", new[] { 2 })]
    [InlineData("router = 'rl-r'", new int[0])]
    [InlineData("step >= 200", new[] { 1, 2 })]
    [InlineData("router = 'RL-R' and step >= 0", new[] { 0 })]
    [InlineData("step / 100 + 1 > loss", new[] { 1 })]
    [InlineData("1 < 2", new[] { 0, 1, 2, 3 })]
    [InlineData("size = '190M' or size = '7B-4T'", new[] { 0, 1 })]
    [InlineData("size > 2e8", new[] { 2 })]
    public void Select_Condition_KeepsRowsInOrder(string filter, int[] expected) => Assert.Equal(expected, Select(filter));

    [Theory]
    [InlineData("loss > 0", new[] { 0, 1, 3 })]
    [InlineData("not loss > 0", new int[0])]
    [InlineData("loss != 2.5", new[] { 1, 3 })]
    [InlineData("loss > 0 or step = 300", new[] { 0, 1, 2, 3 })] // known to be true whatever the loss
    [InlineData("not (loss > 0 and step = 100)", new[] { 1, 2 })]
    [InlineData("not (loss > 0 and step > 0)", new int[0])]
    [InlineData("not not loss > 0", new[] { 0, 1, 3 })]
    [InlineData("0 * loss = 0", new[] { 0, 1, 3 })]
    public void Select_MissingNumberThatDecides_DoesNotPass(string filter, int[] expected) => Assert.Equal(expected, Select(filter));

    [Fact]
    public void Select_SomeRows_KeepsTheirOrder() =>
        Assert.Equal([3, 0], RunFilter.Parse("router = 'RL-R'", "--where").Select(Table, [3, 2, 0]));

    [Theory]
    [InlineData("steps > 1", "--where: runs.csv has no column 'steps' (did you mean 'step'?). Its columns: router, step, loss, size.")]
    [InlineData("router = RL", "no column 'RL'")]
    [InlineData("router = RL", "A text is written in quotes")]
    [InlineData(
        "router > 3",
        "'router' holds texts, such as 'RL-R', and no numbers. Compare it with a text in quotes, by = or !=: router = 'RL-R'"
    )]
    [InlineData("router + 1 = 3", "'router' holds texts")]
    [InlineData("step = '200'", "'step' holds numbers, and '200' is a text. Compare it with a number, without quotes: step = 200")]
    [InlineData("router > 'a'", "texts have no order")]
    public void Select_WrongComparison_IsRefusedInTheUsersWords(string filter, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => Select(filter)).Message);

    [Fact]
    public void Select_DeepestFilter_DoesNotOverflow() =>
        Assert.Equal([0], Select(string.Join(" or ", Enumerable.Repeat("step=100", 800))));
}
