using MoeScale.Models;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Diagnostics;

[Collection(nameof(Alone))]
public class RouterHealthTests
{
    private const double Decided = 0.5;

    private static readonly Model Eight = ExpertRun.Model with { ExpertCount = 8, TopK = 1 };

    private static IReadOnlyList<RouterFinding> Findings(Model model, double entropy, params long[] load)
    {
        RouterHealth health = new(model, [2]);
        for (int step = 0; step < 3; step++)
        {
            health.Add(ExpertRun.Step(load).With(entropy));
        }
        return health.Findings();
    }

    [Fact]
    public void Findings_OfAnEvenLoadAndDecidedRouters_AreNone() => Assert.Empty(Findings(Eight, Decided, 10, 10, 10, 10, 10, 10, 10, 10));

    [Fact]
    public void Findings_BeforeTheFirstStep_AreNone() => Assert.Empty(new RouterHealth(Eight, [2]).Findings());

    /// <summary>At twice the mean and just below it.</summary>
    [Fact]
    public void Findings_OfAnOverloadedExpert_NameIt()
    {
        RouterFinding finding = Assert.Single(Findings(Eight, Decided, 80, 80, 160, 80, 80, 80, 40, 40));
        Assert.Equal((2, RouterFault.Overloaded, 2.0), (finding.Block, finding.Fault, finding.Value));
        Assert.Equal([2], finding.Experts);
        Assert.Equal(8, finding.ExpertCount);
        Assert.Empty(Findings(Eight, Decided, 80, 80, 159, 80, 81, 80, 40, 40));
    }

    /// <summary>Of four experts of which a token takes two none can have more than twice the mean: halfway there is too much.</summary>
    [Fact]
    public void Findings_OfFewExperts_NameTheOneHalfwayToTheMost()
    {
        Assert.Equal([1], Assert.Single(Findings(ExpertRun.Model, Decided, 80, 150, 85, 85)).Experts);
        Assert.Empty(Findings(ExpertRun.Model, Decided, 80, 149, 86, 85));
        Assert.Empty(Findings(ExpertRun.Model with { TopK = 4 }, Decided, 100, 100, 100, 100));
    }

    /// <summary>Below a tenth of the mean and at it.</summary>
    [Fact]
    public void Findings_OfIdleExperts_NameThem()
    {
        RouterFinding finding = Assert.Single(Findings(Eight, Decided, 130, 130, 0, 130, 130, 9, 131, 140));
        Assert.Equal((2, RouterFault.Idle, 0.0), (finding.Block, finding.Fault, finding.Value));
        Assert.Equal([2, 5], finding.Experts);
        Assert.Empty(Findings(Eight, Decided, 110, 110, 110, 110, 110, 10, 120, 120));
    }

    /// <summary>e^entropy of nine tenths of eight experts, a little more and a little less.</summary>
    [Fact]
    public void Findings_OfAnUndecidedRouter_SayHowEvenItIs()
    {
        RouterFinding finding = Assert.Single(Findings(Eight, Math.Log(7.3), 10, 10, 10, 10, 10, 10, 10, 10));
        Assert.Equal((2, RouterFault.Undecided), (finding.Block, finding.Fault));
        Assert.Equal(7.3 / 8, finding.Value, 12);
        Assert.Empty(Findings(Eight, Math.Log(7.1), 10, 10, 10, 10, 10, 10, 10, 10));
    }

    [Fact]
    public void Findings_OfExpertsThatChoose_AreOfTheRouterAlone()
    {
        Assert.Empty(Findings(ExpertRun.ExpertChoice, Decided, 400, 0, 0, 0));
        Assert.Equal(RouterFault.Undecided, Assert.Single(Findings(ExpertRun.ExpertChoice, Math.Log(4), 1, 1, 1, 1)).Fault);
    }

    [Fact]
    public void Findings_OfWhatIsLongOver_AreNone()
    {
        RouterHealth health = new(Eight, [2]);
        health.Add(ExpertRun.Step(1_000_000, 0, 0, 0, 0, 0, 0, 0).With(Decided));
        for (int step = 1; step < RouterHealth.Window; step++)
        {
            health.Add(ExpertRun.Step(1, 1, 1, 1, 1, 1, 1, 1).With(Decided));
        }
        Assert.True(health.IsFull);
        Assert.Equal([RouterFault.Overloaded, RouterFault.Idle], health.Findings().Select(f => f.Fault));
        health.Add(ExpertRun.Step(1, 1, 1, 1, 1, 1, 1, 1).With(Decided));
        Assert.Empty(health.Findings());
        Assert.Equal(RouterHealth.Window, health.Steps);
    }

    [Fact]
    public void Add_InSteadyState_AllocatesNothing()
    {
        using Transformer model = new(ExpertRun.Model, 2, 8, threads: 1);
        RouterHealth health = new(model.Model, [1, 2]);
        string path = Path.GetTempFileName();
        using (RoutingLog log = RoutingLog.Open(path, 0))
        {
            Assert.Equal(
                0,
                Allocations.MinOf(
                    10,
                    () =>
                    {
                        health.Add(model.RouterLoads);
                        log.Write(1, 2, model.RouterLoads);
                    }
                )
            );
        }
        File.Delete(path);
    }
}
