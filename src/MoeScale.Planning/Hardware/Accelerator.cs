using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Planning.Hardware;

/// <summary>One device, as its vendor's datasheet describes it: what it holds, computes and reads at best.</summary>
public sealed record Accelerator
{
    private static readonly EmbeddedFolder Catalog = new(typeof(Accelerator).Assembly, "hardware");

    private static readonly string[] Keys = ["id", "name", "memory_bytes", "bf16_flops", "fp8_flops", "bandwidth", "source", "note"];

    /// <summary>Ids of the devices that ship with the program.</summary>
    public static IReadOnlyList<string> Ids => Catalog.Ids;

    public required string Id { get; init; }

    /// <summary>The vendor's name, with the form factor where there are several.</summary>
    public required string Name { get; init; }

    public required double MemoryBytes { get; init; }

    /// <summary>Peak FLOPs a second of dense bf16 matrix products: without sparsity, accumulated in fp32.</summary>
    public required double Bf16Flops { get; init; }

    /// <summary>As <see cref="Bf16Flops"/> in fp8; null where the device has none.</summary>
    public double? Fp8Flops { get; init; }

    /// <summary>Peak bytes a second from the device's memory.</summary>
    public required double Bandwidth { get; init; }

    /// <summary>The datasheet that the numbers are from.</summary>
    public required string Source { get; init; }

    /// <summary>Which of a datasheet's numbers were chosen.</summary>
    public string Note { get; init; } = "";

    /// <param name="name">A catalog id in any case, or the path of a YAML file.</param>
    /// <param name="relativeTo">The folder that a relative path starts from; null for the current one.</param>
    /// <exception cref="UserException">No such device, or a file that describes none.</exception>
    public static Accelerator Open(string name, string? relativeTo = null) => Parse(Catalog.Open(name, relativeTo));

    /// <exception cref="UserException">The mapping describes no device.</exception>
    public static Accelerator Parse(YamlMap yaml)
    {
        yaml.RefuseOthers(Keys);
        Accelerator device = new()
        {
            Id = yaml.Text("id"),
            Name = yaml.OptionalText("name") ?? yaml.Text("id"),
            MemoryBytes = Memory(yaml),
            Bf16Flops = Positive(yaml, "bf16_flops"),
            Fp8Flops = yaml.Has("fp8_flops") ? Positive(yaml, "fp8_flops") : null,
            Bandwidth = Positive(yaml, "bandwidth"),
            Source = yaml.OptionalText("source") ?? "",
            Note = yaml.OptionalText("note") ?? "",
        };
        return device.Fp8Flops < device.Bf16Flops
            ? throw yaml.Error(
                "fp8_flops",
                $"'fp8_flops' {device.Fp8Flops} is below 'bf16_flops' {device.Bf16Flops}; leave it out where fp8 is not faster"
            )
            : device;
    }

    /// <summary>
    /// Peak FLOPs a second with weights of <paramref name="weights"/>: the fp8 rate for those of one byte where the device has
    /// one, else that of bf16, to which they would be converted.
    /// </summary>
    public double PeakFlops(NumberType weights) => weights is NumberType.Fp8 or NumberType.Int8 ? Fp8Flops ?? Bf16Flops : Bf16Flops;

    private static double Memory(YamlMap yaml)
    {
        try
        {
            return Quantity.ParseBytes(yaml.Text("memory_bytes"), "'memory_bytes'");
        }
        catch (UserException e)
        {
            throw yaml.Error("memory_bytes", e);
        }
    }

    private static double Positive(YamlMap yaml, string key)
    {
        // From a microcontroller to a thousand times any device.
        const double least = 1e6;
        const double most = 1e20;
        double value = yaml.Number(key);
        return value is >= least and <= most
            ? value
            : throw yaml.Error(key, $"'{key}' is {value}; a device has {least:0e0} to {most:0e0} a second");
    }
}
