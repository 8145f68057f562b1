using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Studies.Files;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Tests;

public class DefaultRateTests
{
    [Fact]
    public void Of_ModelBelowTheLawsRange_IsThatOfSmallRunsAndSaysWhy()
    {
        Model model = ShapeFamily.Open("joint-2025").Model(64, 1, 1);
        ModelRate law = ModelRate.Of(LawCatalog.Open(DefaultRate.LawId), model);
        Assert.Equal("active_params", law.Outside!.Name);
        DefaultRate usual = DefaultRate.Of(model, lawRate: null);
        Assert.Equal((DefaultRecipe.RateOfSmallRun(64), "default"), (usual.Rate, usual.From));
        Assert.NotEqual(usual.Rate, law.Rate);
    }

    /// <summary>A law of dense models is asked about Mixtures: that is told before where they leave its range.</summary>
    [Fact]
    public void Cell_WhoseRateLawSpeaksOfOtherModels_SaysSo()
    {
        using TemporaryFolder folder = new();
        Study study = TinyStudy.Read(
            folder,
            TinyStudy
                .Text.Replace("[16, 24] }", "[16], experts: [1, 4] }", StringComparison.Ordinal)
                .Replace("batch_tokens", "learning_rate: porian-2024-lr, batch_tokens", StringComparison.Ordinal)
        );
        Assert.Equal([false, true], study.Cells.Select(c => c.RateOutside!.Excess == new Excess("experts", 4, 1, IsHeld: true)));
    }

    [Fact]
    public void Of_ModelInsideTheLawsRange_IsThatOfTheLaw()
    {
        // 12 blocks of width 768 with a vocabulary of 50,257: 184M active parameters.
        Model model = ShapeFamily.Open("joint-2025").Model(768, 8, 1);
        ModelRate usual = ModelRate.Of(LawCatalog.Open(DefaultRate.LawId), model);
        Assert.Null(usual.Outside);
        Assert.Equal(new DefaultRate(usual.Rate, "law joint-2025-lr"), DefaultRate.Of(model, usual.Rate));
        // Eq. 8 of arXiv 2502.05172 with the coefficients of the released code; the last bits may be summed in another order.
        double law = Math.Exp(8.391640956234012 - (0.8121798244457074 * Math.Log(Census.Of(model).ActiveParams)) - (0.25 * Math.Log(8)));
        Assert.Equal(law, usual.Rate, 1e-12 * law);
    }
}
