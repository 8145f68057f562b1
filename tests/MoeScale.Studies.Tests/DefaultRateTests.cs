using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Tests;

public class DefaultRateTests
{
    [Fact]
    public void Of_ModelBelowTheLawsRange_IsThatOfSmallRunsAndSaysWhy()
    {
        Model model = ShapeFamily.Open("joint-2025").Model(64, 1, 1);
        DefaultRate usual = DefaultRate.Of(model);
        Assert.Equal(DefaultRecipe.RateOfSmallRun(64), usual.Rate);
        Assert.Equal("active_params", usual.Outside!.Name);
        Assert.NotEqual(usual.Rate, usual.LawRate);
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
        Assert.Equal([false, true], study.Cells.Select(c => c.RateOutside!.Excess.ToString() == "experts is 4, not 1"));
    }

    [Fact]
    public void Of_ModelInsideTheLawsRange_IsThatOfTheLaw()
    {
        // 12 blocks of width 768 with a vocabulary of 50,257: 184M active parameters.
        Model model = ShapeFamily.Open("joint-2025").Model(768, 8, 1);
        DefaultRate usual = DefaultRate.Of(model);
        Assert.Null(usual.Outside);
        // Eq. 8 of arXiv 2502.05172 with the coefficients of the released code; the last bits may be summed in another order.
        double law = Math.Exp(8.391640956234012 - (0.8121798244457074 * Math.Log(Census.Of(model).ActiveParams)) - (0.25 * Math.Log(8)));
        Assert.Equal(law, usual.Rate, 1e-12 * law);
    }
}
