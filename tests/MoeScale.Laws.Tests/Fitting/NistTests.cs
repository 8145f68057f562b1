using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>
/// Problems of the NIST Statistical Reference Datasets (nonlinear regression, itl.nist.gov/div898/strd) from formulas without any
/// hint of where to begin: the certified coefficients and sums of squares, to all their eleven digits.
/// </summary>
public class NistTests
{
    private static readonly double[] Exact = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    [Fact]
    public void Search_Rat43_FindsTheCertifiedMinimum() =>
        Check(
            "b1/((1 + exp(b2 - b3*x))^(1/b4))",
            Exact,
            [16.08, 33.83, 65.80, 97.20, 191.55, 326.20, 386.87, 520.53, 590.03, 651.92, 724.93, 699.56, 689.96, 637.56, 717.41],
            [6.9964151270E+02, 5.2771253025E+00, 7.5962938329E-01, 1.2792483859E+00],
            8.7864049080E+03
        );

    [Fact]
    public void Search_BoxBod_FindsTheCertifiedMinimum() =>
        Check(
            "b1*(1 - exp(-b2*x))",
            [1, 2, 3, 5, 7, 10],
            [109, 149, 149, 191, 213, 224],
            [2.1380940889E+02, 5.4723748542E-01],
            1.1680088766E+03
        );

    [Fact]
    public void Search_Mgh09_FindsTheCertifiedMinimum() =>
        Check(
            "b1*(x^2 + x*b2)/(x^2 + x*b3 + b4)",
            [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
            [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
            [1.9280693458E-01, 1.9128232873E-01, 1.2305650693E-01, 1.3606233068E-01],
            3.0750560385E-04
        );

    [Fact]
    public void Search_Misra1a_FindsTheCertifiedMinimum() =>
        Check(
            "b1*(1 - exp(-b2*x))",
            [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
            [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
            [2.3894212918E+02, 5.5015643181E-04],
            1.2455138894E-01
        );

    [Fact]
    public void Search_Thurber_FindsTheCertifiedMinimum() =>
        Check(
            "(b1 + b2*x + b3*x^2 + b4*x^3)/(1 + b5*x + b6*x^2 + b7*x^3)",
            [
                -3.067,
                -2.981,
                -2.921,
                -2.912,
                -2.84,
                -2.797,
                -2.702,
                -2.699,
                -2.633,
                -2.481,
                -2.363,
                -2.322,
                -1.501,
                -1.460,
                -1.274,
                -1.212,
                -1.100,
                -1.046,
                -0.915,
                -0.714,
                -0.566,
                -0.545,
                -0.400,
                -0.309,
                -0.109,
                -0.103,
                0.01,
                0.119,
                0.377,
                0.79,
                0.963,
                1.006,
                1.115,
                1.572,
                1.841,
                2.047,
                2.2,
            ],
            [
                80.574,
                84.248,
                87.264,
                87.195,
                89.076,
                89.608,
                89.868,
                90.101,
                92.405,
                95.854,
                100.696,
                101.060,
                401.672,
                390.724,
                567.534,
                635.316,
                733.054,
                759.087,
                894.206,
                990.785,
                1090.109,
                1080.914,
                1122.643,
                1178.351,
                1260.531,
                1273.514,
                1288.339,
                1327.543,
                1353.863,
                1414.509,
                1425.208,
                1421.384,
                1442.962,
                1464.350,
                1468.705,
                1447.894,
                1457.628,
            ],
            [1.2881396800E+03, 1.4910792535E+03, 5.8323836877E+02, 7.5416644291E+01, 9.6629502864E-01, 3.9797285797E-01, 4.9727297349E-02],
            5.6427082397E+03
        );

    private static void Check(string formula, double[] x, double[] y, double[] certified, double squares)
    {
        FitProblem problem = new(Samples.Form(formula, "x"), [x], y, null, Samples.Squares);

        Search search = Fitter.Run(problem, new FitOptions { Starts = 256 });

        Assert.True(search is { AtMinimum: true, IsPoint: true, Agreeing: > 1 });
        // Half a unit of the last certified digit, and rounding of sums that cancel where residuals are small.
        Assert.Equal(squares, search.Value, 1e-9 * squares);
        for (int i = 0; i < certified.Length; i++)
        {
            Assert.Equal(certified[i], search.Coefficients[i], 1e-8 * Math.Abs(certified[i]));
        }
    }
}
