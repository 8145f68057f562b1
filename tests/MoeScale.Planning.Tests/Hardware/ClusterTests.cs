using MoeScale.Basics;
using MoeScale.Planning.Hardware;

namespace MoeScale.Planning.Tests.Hardware;

public class ClusterTests
{
    private static string Message(Action read) => Assert.Throws<UserException>(read).Message;

    [Theory]
    [InlineData("64xH100", 64, "h100")]
    [InlineData("H100", 1, "h100")]
    [InlineData("8 x h100", 8, "h100")]
    [InlineData("8×h100", 8, "h100")]
    [InlineData("16X MI300X", 16, "mi300x")]
    [InlineData("MI300X", 1, "mi300x")]
    [InlineData("1e3xrtx-4090", 1000, "rtx-4090")]
    [InlineData("16Kx a100", 16000, "a100")]
    [InlineData("10Mxl4", 1e7, "l4")]
    public void Parse_CountAndDevice_AreRead(string text, double count, string id)
    {
        Cluster cluster = Cluster.Parse(text, "--hardware");
        Assert.Equal((count, id), (cluster.Count, cluster.Accelerator.Id));
    }

    [Theory]
    [InlineData("0xH100", "0")]
    [InlineData("-3xH100", "-3")]
    [InlineData("1.5xH100", "1.5")]
    [InlineData("1e8xH100", "1e8")]
    [InlineData("1,000xH100", "1,000")]
    public void Parse_BadCount_IsRefused(string text, string count) =>
        Assert.Equal(
            $"--hardware '{text}' has the count '{count}'; it must be a whole number from 1 to 10 million, as in 64xH100.",
            Message(() => Cluster.Parse(text, "--hardware"))
        );

    [Theory]
    [InlineData("64x")]
    [InlineData("")]
    public void Parse_NoDevice_IsRefused(string text) =>
        Assert.StartsWith(
            $"--hardware '{text}' names no device. Write for example 64xH100; known are a100, ",
            Message(() => Cluster.Parse(text, "--hardware"))
        );

    [Theory]
    [InlineData("8xH101", "(did you mean 'h100'?)")]
    [InlineData("8xfoo", "known are a100, ")]
    [InlineData("8xnone.yaml", "there is no such file")]
    public void Parse_UnknownDevice_IsRefused(string text, string expected) =>
        Assert.Contains(expected, Message(() => Cluster.Parse(text, "--hardware")));

    [Theory]
    [InlineData("0.4", 0.4)]
    [InlineData("40%", 0.4)]
    [InlineData(" 100 % ", 1)]
    public void ParseMfu_ShareOrPercent_IsRead(string text, double expected) => Assert.Equal(expected, Cluster.ParseMfu(text, "--mfu"));

    [Theory]
    [InlineData("0")]
    [InlineData("40")]
    [InlineData("101%")]
    [InlineData("-0.1")]
    [InlineData("half")]
    [InlineData("%")]
    public void ParseMfu_NoShare_IsRefused(string text) =>
        Assert.Equal(
            $"--mfu '{text}' is no utilisation; it must be above 0 and at most 1, such as 0.4 or 40%.",
            Message(() => Cluster.ParseMfu(text, "--mfu"))
        );

    [Fact]
    public void Flops_OfDays_AreSecondsTimesPeakTimesUtilisation()
    {
        Cluster cluster = Cluster.Parse("64xH100", "--hardware");
        Assert.Equal(64 * 80e9, cluster.MemoryBytes);
        Assert.Equal(1, cluster.Flops(30, 0.4) / (30 * 86400 * 64 * 989.4e12 * 0.4), 1e-15); // products in another order
        Assert.Equal(30, cluster.Days(cluster.Flops(30, 0.4), 0.4), 1e-13); // four roundings
        Assert.Equal(30 * 24 * 64, cluster.DeviceHours(cluster.Flops(30, 0.4), 0.4), 1e-9);
        Assert.Equal(Cluster.Parse("H100", "").DeviceHours(1e22, 0.4), cluster.DeviceHours(1e22, 0.4), 1e-9); // of 7019 hours
    }

    /// <summary>
    /// Llama 2 70B: 1,720,320 hours of A100 80 GB (Touvron et al. 2023, table 2) for 2T tokens at 6·N·D with its 69.0B parameters
    /// is a utilisation of 0.43, within the 0.4 to 0.5 that such runs report.
    /// </summary>
    [Fact]
    public void DeviceHours_OfAPublishedRun_AreThePublished() =>
        // A thousandth, as 0.4285 is rounded.
        Assert.Equal(1720320, Cluster.Parse("2000xA100", "").DeviceHours(6 * 69.0e9 * 2e12, 0.4285), 1720.32);

    [Theory]
    [InlineData(0)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void Days_ImpossibleUtilisation_IsRefused(double mfu) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Cluster.Parse("H100", "").Days(1e20, mfu));
}
