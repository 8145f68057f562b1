using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Tests.Runs;

public class ColumnMapTests
{
    private static readonly RunTable Design = Tables.Read("active_params,tokens,experts,loss\n1e9,2e10,8,2.5\n");
    private static readonly RunTable Foreign = Tables.Read(
        "params_active,tokens,num_experts,lr,loss_c4-val,router\n1e9,2e10,8,1e-3,2.5,Hash\n"
    );
    private static readonly Law Joint = LawCatalog.Open("joint-2025");

    private static Expression Formula(string text) => Parser.ParseNumber(text, "--formula");

    private static string Refusal(Func<object> action) => Assert.Throws<UserException>(action).Message;

    [Fact]
    public void For_LawAndColumnsOfDesign_NeedsNoMap()
    {
        FitColumns columns = ColumnMap.Parse(Design).For(Joint);
        Assert.Equal(Joint.Variables, columns.Letters);
        Assert.Equal("loss", columns.Observed.Column);
    }

    [Fact]
    public void For_MappedLetters_ReadTheMapping()
    {
        FitColumns columns = ColumnMap.Parse(Foreign, "N = params_active - 12*10^2, E=max(num_experts, 1)", "L=loss_c4-val").For(Joint);
        Assert.Equal(["N", "D", "E"], columns.Letters.Select(l => l.Name));
        Assert.Equal(["params_active - 12*10^2", "tokens", "max(num_experts, 1)"], columns.Letters.Select(l => l.Text));
        Assert.Equal("loss_c4-val", columns.Observed.Column); // an exact name may hold any character
        FitRows rows = FitRows.Take(Foreign, columns);
        Assert.Equal([1e9 - 1200], rows.Values[0]);
        Assert.Equal([2.5], rows.Observed);
    }

    [Fact]
    public void For_MappedFlops_AreNoLetterButWhereALawReadsThem()
    {
        FitColumns columns = ColumnMap.Parse(Design, "train_flops=6*active_params*tokens").For(Joint);
        Assert.Equal("6*active_params*tokens", columns.Compute!.Text);
        Assert.DoesNotContain("train_flops", columns.Letters.Select(l => l.Name));
        Assert.Null(ColumnMap.Parse(Design).For(Joint).Compute);
    }

    [Fact]
    public void For_LawOfLearningRates_PredictsThem()
    {
        Law law = LawCatalog.Open("step-2025-lr");
        RunTable table = Tables.Read("total_params_nonembedding,tokens,learning_rate,loss\n1e9,2e10,1e-3,2\n");
        Assert.Equal("learning_rate", ColumnMap.Parse(table).For(law).Observed.Column);
        Assert.Equal("loss", ColumnMap.Parse(table, "L=loss").For(law).Observed.Column);
    }

    [Fact]
    public void For_MissingColumns_ShowsHeaderGuessesAndCure()
    {
        Assert.Equal(
            """
            runs.csv lacks columns that the fit reads:
              N reads 'active_params' (did you mean 'params_active'?)
              E reads 'experts' (did you mean 'num_experts'?)
              L reads 'loss' (did you mean `loss_c4-val`?)
            Its columns: params_active, tokens, num_experts, lr, loss_c4-val, router. Map them: 'map: N=params_active,E=num_experts,L=`loss_c4-val`'.
            """,
            Refusal(() => ColumnMap.Parse(Foreign).For(Joint))
        );
    }

    [Fact]
    public void For_FormulaOfTheLawWithoutItsColumns_ShowsTheFormula()
    {
        Law law = LawCatalog.Open("abnar-2025");
        Variable sparsity = law.Variables.First(v => !v.IsColumn);
        string message = Refusal(() => ColumnMap.Parse(Design).For(law));
        Assert.Contains($", in {sparsity.Text}", message);
        Assert.Contains($"{sparsity.Name}=\"FORMULA\"", message);
    }

    [Theory]
    [InlineData("Q=tokens", "'map': 'Q' is no letter of the formula; its letters are N, D, E, and L for what it predicts.")]
    [InlineData("active_params=tokens", "map the letter: 'map: N=tokens'")]
    [InlineData("N=tokens,N=experts", "'N' is mapped twice")]
    [InlineData("N", "'N' maps no letter")]
    [InlineData("N=", "'N=' maps no letter")]
    [InlineData("=tokens", "'=tokens' maps no letter")]
    [InlineData("2=tokens", "'2=tokens' maps no letter")]
    [InlineData("N=tokens,", "'' maps no letter")]
    [InlineData(
        "N=tokns",
        "'map' N: runs.csv has no column 'tokns' (did you mean 'tokens'?). Its columns: active_params, tokens, experts, loss."
    )]
    [InlineData("N=tokens +", "'map' N: at character 9")]
    [InlineData("N=tokens > 1", "expected a number, found a comparison")]
    public void Parse_WrongMapping_IsRefused(string entries, string expected) =>
        Assert.Contains(expected, Refusal(() => ColumnMap.Parse(Design, entries).For(Joint)));

    [Fact]
    public void Parse_ColumnOfTexts_IsRefused() =>
        Assert.Contains("the column 'router' of runs.csv holds texts", Refusal(() => ColumnMap.Parse(Foreign, "N=router")));

    [Fact]
    public void For_BareFormula_TakesMappedNamesAndColumnsAsLetters()
    {
        Expression formula = Formula("c + a*N^-alpha + b*tokens^-β");
        FitColumns columns = ColumnMap.Parse(Design, "N=active_params").For(formula);
        Assert.Equal(["N", "tokens"], columns.Letters.Select(l => l.Name));
        Assert.Equal(["c", "a", "α", "b", "β"], columns.Coefficients(formula));
        Assert.Equal("loss", columns.Observed.Column);
    }

    [Theory]
    [InlineData(
        "c + a*N^-α",
        "",
        "the formula reads no column of runs.csv: none of its names (c, a, N, α) is one. Its columns: active_params, tokens, experts, loss."
    )]
    [InlineData("c + a*N^-α", "N=active_params,D=tokens", "'D' is no letter of the formula")]
    [InlineData("c + a*tokens^-α + loss", "", "the formula reads 'loss', which is the predicted column loss itself")]
    [InlineData("c + a*L^-α", "L=loss", "the formula cannot read L")]
    [InlineData("2", "", "the formula reads no column")]
    public void For_BareFormulaWithoutSense_IsRefused(string formula, string entries, string expected) =>
        Assert.Contains(
            expected,
            Refusal(() => (entries.Length == 0 ? ColumnMap.Parse(Design) : ColumnMap.Parse(Design, entries)).For(Formula(formula)))
        );

    [Fact]
    public void For_BareFormulaWithoutPrediction_ShowsTheCure() =>
        Assert.Contains("Map them: 'map: L=`loss_c4-val`'.", Refusal(() => ColumnMap.Parse(Foreign).For(Formula("c + a*tokens^-α"))));
}
