using System.Globalization;

namespace MoeScale.Laws.Tests;

/// <summary>Laws against the runs that their authors released, in the folder that MOESCALE_DATA names.</summary>
public class ReleasedRunsTests
{
    /// <summary>Clark et al. 2022, routing_final_base.csv: the mean error relative to the measured loss. Dense rows are left out.</summary>
    [Theory]
    [InlineData("clark-2022-sbase", "S-Base", 53, 0.0072)]
    [InlineData("clark-2022-rlr", "RL-R", 54, 0.0160)]
    [InlineData("clark-2022-hash", "Hash", 51, 0.0098)]
    public void Clark_AllRunsOfARouter_AreMetWithinTheKnownError(string id, string router, int runs, double error)
    {
        string[] lines = File.ReadAllLines(DataFile("routing_final_base.csv"));
        string[] names = lines[0].Split(',');
        string[][] rows = [.. lines.Skip(1).Select(l => l.Split(',')).Where(row => row[Array.IndexOf(names, "router")] == router)];
        double Value(string[] row, string name) => double.Parse(row[Array.IndexOf(names, name)], CultureInfo.InvariantCulture);
        Law law = LawCatalog.Open(id);
        Assert.Equal(runs, rows.Length);
        // Half a unit of the last digit that is known.
        Assert.Equal(
            error,
            rows.Average(r => Math.Abs((law.Evaluate(Value(r, "params_active"), Value(r, "experts")) / Value(r, "loss")) - 1)),
            0.00005
        );
        Assert.All(
            rows,
            r =>
                Assert.Empty(
                    RangeCheck.Outside(
                        law,
                        name =>
                            name == "experts" ? Value(r, name)
                            : name == "tokens" ? null
                            : Value(r, "params_active")
                    )
                )
        );
    }

    private static string DataFile(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("MOESCALE_DATA");
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Skip($"MOESCALE_DATA is not set: it names the folder that holds {name}.");
        }
        return Path.Combine(folder!, name);
    }
}
