using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Logs;

namespace MoeScale.Training.Diagnostics;

/// <summary>The choices of all routers on the probe at one moment of a run.</summary>
/// <param name="Step">After which.</param>
/// <param name="Tokens">Seen.</param>
/// <param name="Layers">One for each block that has experts.</param>
public sealed record ProbeMoment(long Step, long Tokens, IReadOnlyList<ExpertChoices> Layers);

/// <summary>What choices.jsonl of a run tells.</summary>
/// <param name="Sequence">Tokens of a sequence of the probe.</param>
/// <param name="Tokens">The probe: whole sequences, one after the other.</param>
/// <param name="Blocks">The blocks that have experts.</param>
/// <param name="Moments">From the first to the last.</param>
public sealed record ProbeHistory(int Sequence, IReadOnlyList<int> Tokens, IReadOnlyList<int> Blocks, IReadOnlyList<ProbeMoment> Moments)
{
    /// <summary>The last choices, to which those before are compared.</summary>
    public ProbeMoment Last => Moments[^1];

    /// <summary>Reads it, also while the run goes on. Null where there is none: a dense model, or nothing held out.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="model">Whose routers it tells of.</param>
    /// <param name="vocabulary">Tokens of the probe lie below this.</param>
    /// <exception cref="UserException">The file cannot be read, is damaged or tells of another model.</exception>
    public static ProbeHistory? Read(string path, Model model, int vocabulary)
    {
        // The probe stands in the first line; those behind it need its length.
        (int Sequence, int[] Tokens, int[] Blocks)? probe = null;
        IReadOnlyList<ProbeMoment> moments = JsonLines.Read(path, line => Moment(line, (probe ??= Probe(line)).Tokens.Length));
        if (moments.Count == 0)
        {
            return null;
        }
        (int sequence, int[] tokens, int[] blocks) = probe!.Value;
        bool isOf =
            blocks.Length == model.MoeBlocks
            && Array.TrueForAll(blocks, b => b >= 0 && b < model.Blocks)
            && Array.TrueForAll(tokens, t => t >= 0 && t < vocabulary)
            && moments.All(m =>
                m is { Step: >= 0, Tokens: >= 0 } && m.Layers.Count == blocks.Length && m.Layers.All(l => l.Experts == model.ExpertCount)
            );
        return isOf
            ? new ProbeHistory(sequence, tokens, blocks, moments)
            : throw JsonLines.Damaged(path, $"it is not what the routers of '{model.Name}' did on a probe of its tokens");
    }

    /// <summary>Router saturation: of each moment, the share of a layer's last choices that were made then already.</summary>
    /// <param name="layer">A place in <see cref="Blocks"/>.</param>
    public IReadOnlyList<double> Saturation(int layer) => [.. Moments.Select(m => m.Layers[layer].OverlapWith(Last.Layers[layer]))];

    private static (int Sequence, int[] Tokens, int[] Blocks) Probe(JsonElement line)
    {
        JsonElement probe = line.GetProperty("probe");
        int sequence = probe.GetProperty("sequence").GetInt32();
        int[] tokens = [.. probe.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())];
        return sequence > 0 && tokens.Length > 0 && tokens.Length % sequence == 0
            ? (sequence, tokens, [.. line.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("block").GetInt32())])
            : throw new FormatException();
    }

    private static ProbeMoment Moment(JsonElement line, int tokens) =>
        new(
            line.GetProperty("step").GetInt64(),
            line.GetProperty("tokens").GetInt64(),
            [.. line.GetProperty("layers").EnumerateArray().Select(layer => Choices(layer, tokens))]
        );

    private static ExpertChoices Choices(JsonElement layer, int tokens)
    {
        int experts = layer.GetProperty("experts").GetInt32();
        byte[] bits = layer.GetProperty("choices").GetBytesFromBase64();
        return experts > 0 && bits.Length == tokens * ((experts + 7L) / 8)
            ? new ExpertChoices(tokens, experts, bits)
            : throw new FormatException();
    }
}
