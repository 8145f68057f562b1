using MoeScale.Basics;
using MoeScale.Exchange.Export.HuggingFace;
using MoeScale.Exchange.Export.Megatron;
using MoeScale.Exchange.Export.TorchTitan;

namespace MoeScale.Exchange.Export.Targets;

/// <summary>The programs and formats that can be written for. A new one is a class, and an entry here.</summary>
public static class ExportTargets
{
    /// <summary>In the order of the documentation.</summary>
    public static IReadOnlyList<ExportTarget> All { get; } = [new MegatronTarget(), new TorchTitanTarget(), new HuggingFaceTarget()];

    /// <exception cref="UserException">There is no such target.</exception>
    public static ExportTarget Named(string name) =>
        All.FirstOrDefault(t => t.Name == name)
        ?? throw new UserException(
            $"{ExportSettings.Target} '{name}' is not known{Guess.Hint(name, All.Select(t => t.Name))}. "
                + $"Known are {string.Join(", ", All.Select(t => t.Name))}."
        );
}
