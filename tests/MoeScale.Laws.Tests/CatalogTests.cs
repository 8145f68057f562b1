namespace MoeScale.Laws.Tests;

/// <summary>The values that the papers, or independent computations with their coefficients, give.</summary>
public class CatalogTests
{
    private static Law Open(string id) => LawCatalog.Open(id);

    [Fact]
    public void Ids_Shipped_AreStableAndRefersToWhatExists()
    {
        Assert.Equal(
            [
                "abnar-2025",
                "chinchilla-2022",
                "chinchilla-2024",
                "clark-2022-hash",
                "clark-2022-rlr",
                "clark-2022-sbase",
                "deepseek-2024-batch",
                "deepseek-2024-flops-per-token",
                "deepseek-2024-lr",
                "deepseek-2024-tokens",
                "fine-grained-2024",
                "fine-grained-2024-dense",
                "fine-grained-2024-e16",
                "frantar-2023",
                "joint-2025",
                "joint-2025-lr",
                "kaplan-2020",
                "kaplan-2020-d",
                "kaplan-2020-n",
                "ling-2025",
                "ling-2025-batch",
                "ling-2025-dense-flops-per-token",
                "ling-2025-dense-tokens",
                "ling-2025-flops-per-token",
                "ling-2025-lr",
                "ling-2025-tokens",
                "llama3-2024",
                "muennighoff-2023",
                "muennighoff-2023-repeats",
                "porian-2024-batch",
                "porian-2024-lr",
                "sardana-2024",
                "step-2025-batch",
                "step-2025-lr",
                "zhao-2025",
            ],
            LawCatalog.Ids
        );
        foreach (Law law in LawCatalog.Ids.Select(Open))
        {
            Assert.NotEmpty(law.Source);
            Assert.Null(law.Folder);
            Assert.All(law.Variables, v => Assert.NotEmpty(v.Meaning));
            Assert.All(law.Rates, id => Assert.Contains(Open(id).Predicts, new[] { Predictions.LearningRate, Predictions.BatchTokens }));
            Assert.All(law.Allocations, id => Assert.Contains(Open(id).Predicts, new[] { Predictions.Tokens, Predictions.FlopsPerToken }));
            if (law.DensePartner is string partner)
            {
                Assert.Equal(1, Open(partner).Fixed["experts"]);
            }
        }
    }

    [Theory]
    [InlineData(1, 2.5776)]
    [InlineData(2, 2.5587)]
    [InlineData(4, 2.5352)]
    [InlineData(8, 2.5088)]
    [InlineData(16, 2.4814)]
    [InlineData(32, 2.4546)]
    public void Joint_AtABillionParameters_HasTheCheckedLosses(double experts, double loss) =>
        Assert.Equal(loss, Open("joint-2025").Evaluate(1e9, 2e10, experts), 4); // printed digits

    [Fact]
    public void Joint_WithOneExpert_SaturatesAtEStart()
    {
        Law law = Open("joint-2025");
        double hat = 2.0732;
        double expected =
            (35.91 * Math.Pow(hat, -0.2285) * Math.Pow(1e9, -0.1889 + (0.0098 * Math.Log(hat))))
            + (35.98 * Math.Pow(hat, 0.5529) * Math.Pow(2e10, -0.1775 - (0.0259 * Math.Log(hat))))
            + 1.3637;
        Assert.Equal(expected, law.Evaluate(1e9, 2e10, 1), 13); // rounding of a dozen operations
    }

    [Theory]
    [InlineData("chinchilla-2022", 1.9208)]
    [InlineData("chinchilla-2024", 1.9739)]
    public void Chinchilla_AtItsOwnModel_HasTheCheckedLoss(string id, double loss) =>
        Assert.Equal(loss, Open(id).Evaluate(70e9, 1.4e12), 4);

    [Fact]
    public void Chinchilla2022_RoundedCoefficients_WouldBeFarOff()
    {
        Law law = Open("chinchilla-2022");
        Law rounded = law with
        {
            Coefficients =
            [
                .. law.Coefficients.Select(c =>
                    c with
                    {
                        Value = c.Name switch
                        {
                            "E" => 1.69,
                            "α" => 0.34,
                            "β" => 0.28,
                            _ => c.Value,
                        },
                    }
                ),
            ],
        };
        Assert.Equal(1.9366, rounded.Evaluate(70e9, 1.4e12), 4);
    }

    [Theory]
    [InlineData("fine-grained-2024", 64)]
    [InlineData("fine-grained-2024-e16", 16)]
    [InlineData("fine-grained-2024-dense", 1)]
    public void FineGrained_EachFile_SaysItsExpansionRate(string id, double experts) => Assert.Equal(experts, Open(id).Fixed["experts"]);

    [Fact]
    public void FineGrained16_AtAPoint_IsTable8ByHand() =>
        Assert.Equal(
            0.472 + (((1.18 / Math.Pow(8, 0.986)) + 19.64) * Math.Pow(1e9, -0.124)) + (57.07 * Math.Pow(1e10, -0.169)),
            Open("fine-grained-2024-e16").Evaluate(1e9, 1e10, 8),
            13
        ); // rounding of ten operations

    [Fact]
    public void FineGrained_LargeGranularity_ApproachesItsLimit()
    {
        Law law = Open("fine-grained-2024");
        double limit = 0.47 + (18.1 * Math.Pow(1e9, -0.115)) + (30.8 * Math.Pow(1e10, -0.147));
        Assert.Equal(limit + (2.1 * Math.Pow(1e9, -0.115)), law.Evaluate(1e9, 1e10, 1), 13);
        Assert.True(law.Evaluate(1e9, 1e10, 1) > law.Evaluate(1e9, 1e10, 8));
        Assert.Equal(limit, law.Evaluate(1e9, 1e10, 1e30), 13);
    }

    [Theory]
    [InlineData(1e9, 1e11, 1.632e-3, 5e-7)]
    [InlineData(6.5e9, 1e10, 2.12e-4, 5e-7)]
    public void StepRate_AtThePapersPoints_HasItsValues(double n, double d, double expected, double halfUnit) =>
        Assert.Equal(expected, Open("step-2025-lr").Evaluate(n, d), halfUnit);

    [Fact]
    public void StepBatch_At100BTokens_IsTheCheckedBatch() => Assert.Equal(1107715, Open("step-2025-batch").Evaluate(1e11), 0.5);

    [Fact]
    public void JointRate_AtTheSmallestModel_HasBothCheckedValues()
    {
        Law law = Open("joint-2025-lr");
        Assert.Equal(1.7036e-3, law.Evaluate(78726144, 1), 5e-8);
        Law rounded = law with
        {
            Coefficients =
            [
                .. law.Coefficients.Select(c =>
                    c with
                    {
                        Value = c.Name switch
                        {
                            "k" => 8.39,
                            "p" => -0.81,
                            _ => -0.25,
                        },
                    }
                ),
            ],
        };
        Assert.Equal(1.7696e-3, rounded.Evaluate(78726144, 1), 5e-8);
    }
}
