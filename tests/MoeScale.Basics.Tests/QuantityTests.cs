namespace MoeScale.Basics.Tests;

public class QuantityTests
{
    [Theory]
    [InlineData("1e22", 1e22)]
    [InlineData("100B", 100e9)]
    [InlineData("16k", 16e3)]
    [InlineData("16K", 16e3)]
    [InlineData("2.5M", 2.5e6)]
    [InlineData("1.2t", 1.2e12)]
    [InlineData(".5", 0.5)]
    [InlineData("-3", -3)]
    [InlineData(" 7 ", 7)]
    [InlineData("1e3k", 1e6)]
    public void ParseCount_SuffixOfAnyCase_Multiplies(string text, double expected) =>
        Assert.Equal(expected, Quantity.ParseCount(text, "--n"));

    [Theory]
    [InlineData("")]
    [InlineData("nan")]
    [InlineData("NaN")]
    [InlineData("inf")]
    [InlineData("1e")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("80XB")]
    [InlineData("5 G")]
    [InlineData("1e999")]
    [InlineData("١٢")]
    [InlineData("--3")]
    public void ParseCount_NoNumber_NamesTheOption(string text)
    {
        UserException e = Assert.Throws<UserException>(() => Quantity.ParseCount(text, "--flops"));
        Assert.StartsWith($"--flops '{text}'", e.Message);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("-1e22")]
    public void ParsePositiveCount_NotAboveZero_IsRefused(string text) =>
        Assert.Contains("above zero", Assert.Throws<UserException>(() => Quantity.ParsePositiveCount(text, "--flops")).Message);

    [Theory]
    [InlineData("80GB", 80e9)]
    [InlineData("80GiB", 80 * 1073741824.0)]
    [InlineData("80gib", 80 * 1073741824.0)]
    [InlineData("1.5 TB", 1.5e12)]
    [InlineData("80e9", 80e9)]
    public void ParseBytes_Unit_IsDecimalOrBinary(string text, double expected) =>
        Assert.Equal(expected, Quantity.ParseBytes(text, "--memory"));

    [Theory]
    [InlineData("80", "has no unit")]
    [InlineData("80B", "ambiguous")]
    [InlineData("80G", "ambiguous")]
    [InlineData("80T", "ambiguous")]
    [InlineData("80XB", "unknown unit 'XB'")]
    [InlineData("-80GB", "above zero")]
    [InlineData("0GB", "above zero")]
    [InlineData("lots", "not a number of bytes")]
    public void ParseBytes_Unclear_IsRefusedWithCure(string text, string reason)
    {
        string message = Assert.Throws<UserException>(() => Quantity.ParseBytes(text, "--memory")).Message;
        Assert.Contains(reason, message);
        Assert.StartsWith($"--memory '{text}'", message);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(7, "7")]
    [InlineData(999, "999")]
    [InlineData(999.6, "1.00K")]
    [InlineData(1234, "1.23K")]
    [InlineData(78726144, "78.7M")]
    [InlineData(1.7e9, "1.70B")]
    [InlineData(88.64e9, "88.6B")]
    [InlineData(669.4e6, "669M")]
    [InlineData(999.5e6, "1.00B")]
    [InlineData(2.5e15, "2.50e15")]
    [InlineData(0.25, "0.25")]
    [InlineData(0.008, "0.008")]
    [InlineData(0.9846, "0.9846")]
    [InlineData(0.99961, "1.00")]
    [InlineData(double.NaN, "-")]
    public void FormatCount_AnySize_HasThreeDigits(double value, string expected) => Assert.Equal(expected, Quantity.FormatCount(value));

    [Theory]
    [InlineData(80e9, "80.0 GB")]
    [InlineData(512, "512 bytes")]
    [InlineData(1.125e12, "1.13 TB")]
    public void FormatBytes_AnySize_SaysTheUnit(double value, string expected) => Assert.Equal(expected, Quantity.FormatBytes(value));
}
