using System.Text.Json;

namespace MoeScale.Cli.Tests;

/// <summary>Fits of tables that papers released, in the folder that MOESCALE_DATA names.</summary>
public class FitReleasedRunsTests
{
    /// <summary>Besiroglu et al. 2024 without their five outliers: the optimum, and its coefficients to six digits.</summary>
    [Fact]
    public void Chinchilla_240Runs_ReachTheOptimum()
    {
        JsonElement fit = Shell.Json(
            "fit",
            Data("chinchilla_epoch.csv"),
            "--map",
            "N=params",
            "--where",
            "outlier5 = 0",
            "--law",
            "chinchilla-2024"
        );
        Assert.Equal("converged", fit.GetProperty("status").GetString());
        Assert.Equal(240, fit.GetProperty("rows").GetInt32());
        Assert.True(fit.GetProperty("objective").GetProperty("value").GetDouble() <= 1.01827401778e-3 * (1 + 1e-11));
        JsonElement coefficients = fit.GetProperty("coefficients");
        // Half a unit of the last digit that is known.
        foreach (
            (string name, double value, double last) in new[]
            {
                ("A", 477.826, 5e-4),
                ("B", 2143.417, 5e-4),
                ("E", 1.817218, 5e-7),
                ("α", 0.347310, 6e-7),
                ("β", 0.367172, 6e-7),
            }
        )
        {
            Assert.Equal(value, coefficients.GetProperty(name).GetProperty("value").GetDouble(), last);
        }
    }

    /// <summary>Best of a cell is the run of the lowest loss, whatever the law predicts.</summary>
    [Fact]
    public void LearningRates_OfASweep_AreThoseOfTheLowestLosses()
    {
        string[] fit =
        [
            "fit",
            Data("steplaw_moe.csv"),
            "--law",
            "step-2025-lr",
            "--map",
            "L=lr,N=params_active",
            "--best-of",
            "params_active,tokens",
        ];
        JsonElement best = Shell.Json(fit);
        Assert.Equal(16, best.GetProperty("rows").GetInt32());
        // The table of best runs was made by their authors; ties of the smoothed loss may differ.
        JsonElement released = Shell.Json("fit", Data("steplaw_moe_best.csv"), "--law", "step-2025-lr", "--map", "L=lr,N=params_active");
        Assert.Equal(Value(released, "q"), Value(best, "q"), 1e-9);
    }

    private static double Value(JsonElement fit, string name) =>
        fit.GetProperty("coefficients").GetProperty(name).GetProperty("value").GetDouble();

    [Theory]
    [InlineData("chinchilla_epoch.csv", "chinchilla-2024", "N reads 'active_params' (did you mean 'params'?)", "Map them: --map N=params.")]
    [InlineData(
        "gadre_overtraining.csv",
        "chinchilla-2024",
        "L reads 'loss' (did you mean 'loss_openlm'?)",
        "Map them: --map N=params,L=loss_openlm."
    )]
    [InlineData(
        "steplaw_moe_best.csv",
        "joint-2025",
        "N reads 'active_params' (did you mean 'params_active'?)",
        "Map them: --map N=params_active."
    )]
    public void Columns_ThatATableLacks_AreGuessed(string table, string law, string guess, string cure)
    {
        Finished run = Shell.MoeScale("fit", Data(table), "--law", law);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(guess, run.Error);
        Assert.Contains(cure, run.Error);
    }

    private static string Data(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("MOESCALE_DATA");
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Skip($"MOESCALE_DATA is not set: it names the folder that holds {name}.");
        }
        return Path.Combine(folder!, name);
    }
}
