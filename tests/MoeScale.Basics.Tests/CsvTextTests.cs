namespace MoeScale.Basics.Tests;

public class CsvTextTests
{
    [Fact]
    public void Cells_WithSeparatorsQuotesAndEndsOfLines_StandInQuotes()
    {
        CsvText csv = new("run", "a,b");
        csv.Row("plain", "with \"quotes\"");
        csv.Row("two\nlines", "");
        csv.Row("semi;colon", "tab\t");
        Assert.Equal("run,\"a,b\"\nplain,\"with \"\"quotes\"\"\"\n\"two\nlines\",\n\"semi;colon\",\"tab\t\"\n", csv.ToString());
        Assert.Equal(3, csv.RowCount);
    }

    [Fact]
    public void Numbers_AreReadBackToTheBit()
    {
        double[] numbers = [0.1, 1e-300, double.Epsilon, -0.0, 1.0 / 3, 123456789012345678, double.NaN];
        CsvText csv = new("n");
        csv.Row(numbers);
        string[] cells = csv.ToString().Split('\n')[1].Split(',');
        Assert.Equal(
            numbers.Select(BitConverter.DoubleToInt64Bits),
            cells.Select(c => BitConverter.DoubleToInt64Bits(double.Parse(c, System.Globalization.CultureInfo.InvariantCulture)))
        );
    }
}
