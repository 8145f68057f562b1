using System.Globalization;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Planning.Hardware;

namespace MoeScale.Planning.Tests.Hardware;

public class AcceleratorTests
{
    private static Accelerator Parse(string text) => Accelerator.Parse(YamlMap.Parse(text, "mine.yaml"));

    private static string Message(Action read) => Assert.Throws<UserException>(read).Message;

    [Fact]
    public void Ids_Shipped_AllOpenWithASource()
    {
        Assert.Equal(
            "a100 a100-40gb b200 gb200 h100 h100-nvl h100-pcie h20 h200 h800 l4 l40s mi250x mi300x mi325x mi355x rtx-3090 rtx-4090 "
                + "rtx-5090 tpu-v4 tpu-v5e tpu-v5p tpu-v6e",
            string.Join(' ', Accelerator.Ids)
        );
        Assert.All(
            Accelerator.Ids,
            id =>
            {
                Accelerator device = Accelerator.Open(id);
                Assert.Equal(id, device.Id);
                Assert.NotEqual("", device.Name);
                Assert.NotEqual("", device.Source);
                // TPUs have no sparsity to leave out.
                Assert.Contains(device.Note.Split([' ', ',', ';']), word => word is "dense" or "chip");
            }
        );
    }

    /// <summary>Typing errors by a power of ten would stand out: all devices are within these factors of one another.</summary>
    [Fact]
    public void Numbers_Shipped_AreOfTheSizeOfDevices() =>
        Assert.All(
            Accelerator.Ids,
            id =>
            {
                Accelerator device = Accelerator.Open(id);
                Assert.InRange(device.MemoryBytes, 16e9, 288e9);
                Assert.InRange(device.Bf16Flops, 71e12, 2.6e15);
                Assert.InRange(device.Bandwidth, 300e9, 8e12);
                if (device.Fp8Flops is double fp8)
                {
                    Assert.InRange(fp8 / device.Bf16Flops, 1.99, 2.03); // twice, but for what datasheets round
                }
            }
        );

    /// <summary>The table of the documentation, to the digit: id, memory, bf16, fp8, bandwidth, source.</summary>
    [Fact]
    public void Table_OfTheDocumentation_IsTheCatalog()
    {
        string[] documented =
        [
            .. File.ReadLines(Repository.In("docs", "hardware.md"))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains(" GB |")),
        ];
        Assert.Equal(
            Accelerator.Ids.Order(StringComparer.Ordinal),
            documented.Select(line => line.Split('`')[1]).Order(StringComparer.Ordinal)
        );
        Assert.All(
            documented,
            line =>
            {
                Accelerator device = Accelerator.Open(line.Split('`')[1]);
                string fp8 = device.Fp8Flops is double f ? Number(f / 1e12) : "–";
                Assert.Equal(
                    $"| `{device.Id}` | {Number(device.MemoryBytes / 1e9)} GB | {Number(device.Bf16Flops / 1e12)} | {fp8} | "
                        + $"{Number(device.Bandwidth / 1e12)} | {device.Source} |",
                    line
                );
            }
        );

        static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("H100")]
    [InlineData("h100")]
    public void Open_AnyCase_IsTheSameDevice(string id) =>
        Assert.Equal(
            (80e9, 989.4e12, 1978.9e12, 3.35e12),
            (
                Accelerator.Open(id).MemoryBytes,
                Accelerator.Open(id).Bf16Flops,
                Accelerator.Open(id).Fp8Flops!.Value,
                Accelerator.Open(id).Bandwidth
            )
        );

    [Fact]
    public void Open_UnknownId_GuessesAndListsTheKnown()
    {
        string message = Message(() => Accelerator.Open("H10O"));
        Assert.StartsWith("'H10O' is not in the catalog of hardware (did you mean 'h100'?). Known: a100, a100-40gb, ", message);
        Assert.EndsWith("a file is given by its path, ending in .yaml.", message);
    }

    [Fact]
    public void Open_Path_ReadsAFile()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.In("Mine.yaml"), "{ id: Mine, memory_bytes: 32e9, bf16_flops: 100T, bandwidth: 1e12 }");
        Accelerator device = Accelerator.Open("Mine.yaml", folder.Path);
        Assert.Equal(("Mine", "Mine", 100e12, ""), (device.Id, device.Name, device.Bf16Flops, device.Source));
        Assert.Null(device.Fp8Flops);
        Assert.Equal(3, Cluster.Parse("3 x " + folder.In("Mine.yaml"), "--hardware").Count);
    }

    [Theory]
    [InlineData("{ id: x, memory_bytes: 1e9, bf16_flops: 1e12 }", "needs a value for 'bandwidth'")]
    [InlineData("{ id: x, memory_bytes: 80B, bf16_flops: 1e12, bandwidth: 1e12 }", "is ambiguous (bytes or billions?)")]
    [InlineData(
        "{ id: x, memory_bytes: 80GB, bf16_flops: 1e-300, bandwidth: 1e12 }",
        "'bf16_flops' is 1e-300; a device has 1e6 to 1e20 a second"
    )]
    [InlineData("{ id: x, memory_bytes: 0, bf16_flops: 1e12, bandwidth: 1e12 }", "'memory_bytes' '0' must be above zero")]
    [InlineData("{ id: x, memory_bytes: 1e9, bf16_flops: 1e12, bandwidth: 1e12, fp8_flops: 5e11 }", "is below 'bf16_flops'")]
    [InlineData("{ id: x, memory_bytes: 1e9, bf16_flop: 1e12, bandwidth: 1e12 }", "did you mean 'bf16_flops'?")]
    public void Parse_Mistake_SaysWhat(string text, string expected) => Assert.Contains(expected, Message(() => Parse(text)));

    [Theory]
    [InlineData("h100", NumberType.Bf16, 989.4e12)]
    [InlineData("h100", NumberType.Fp32, 989.4e12)]
    [InlineData("h100", NumberType.Fp8, 1978.9e12)]
    [InlineData("h100", NumberType.Int8, 1978.9e12)]
    [InlineData("a100", NumberType.Fp8, 312e12)]
    public void PeakFlops_ByWeights_IsThatOfFp8WhereThereIsOne(string id, NumberType weights, double expected) =>
        Assert.Equal(expected, Accelerator.Open(id).PeakFlops(weights));
}
