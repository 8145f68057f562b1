namespace MoeScale.Models;

/// <summary>How weights are stored, by quantization_config. Methods that are not known here are told, and change no count.</summary>
internal static class HuggingFaceQuantization
{
    private const string Key = "quantization_config";
    private const double ScaleBits = 16;

    // Modules that keep their numbers.
    private static readonly string[] KeptKeys = ["modules_to_not_convert", "ignored_layers", "ignore"];

    // How weights are made or used, or said of them already by the method; no byte depends on it.
    private static readonly HashSet<string> Harmless =
    [
        "activation_scheme",
        "backend",
        "batch_size",
        "block_name_to_quantize",
        "checkpoint_format",
        "damp_percent",
        "dataset",
        "dequantize",
        "desc_act",
        "do_fuse",
        "exllama_config",
        "fmt",
        "max_input_length",
        "meta",
        "model_file_base_name",
        "model_name_or_path",
        "model_seqlen",
        "module_name_preceding_first_block",
        "pad_token_id",
        "quant_method",
        "scale_fmt",
        "static_groups",
        "sym",
        "tokenizer",
        "true_sequential",
        "use_cuda_fp16",
        "use_exllama",
        "version",
        "zero_point",
    ];

    /// <param name="config">The file, or the part of it that holds the key.</param>
    /// <param name="m">The model whose weights they are.</param>
    /// <param name="notes">Gets what is not understood.</param>
    public static Quantization? Of(JsonSettings config, Model m, List<string> notes)
    {
        if (config.Map(Key) is not JsonSettings c)
        {
            return null;
        }
        string? method = c.OptionalText("quant_method") ?? (c.OptionalText("fmt") is null ? null : "fp8");
        Quantization? known = method switch
        {
            "fp8" => new Quantization(method, 8 + BlockScales(c), RoleSet.Matrices),
            // Of OCP Microscaling: one exponent of 8 bits for 32 numbers. The library stores experts so, and nothing else.
            "mxfp4" => new Quantization(method, 4 + (8.0 / 32), RoleSet.RoutedExperts),
            "awq" or "gptq" => Grouped(method, c),
            _ => null,
        };
        if (known is null)
        {
            notes.Add(
                $"weights are stored by {method ?? "a method of its own"} ({Key}), which is not known here; bytes are those of the number "
                    + $"type that is asked for"
            );
            return null;
        }
        known = known with { Roles = known.Roles & ~Kept(c, known.Roles, m, notes) };
        string[] unknown = [.. c.Unread.Where(key => !Harmless.Contains(key) && !c.IsOff(key))];
        if (unknown.Length > 0)
        {
            notes.Add($"keys of {Key} that are not known here, and change no bytes: {string.Join(", ", unknown)}");
        }
        return known;
    }

    // Of the roles that the method stores in few bits, those whose modules are kept out in every block that has them.
    private static RoleSet Kept(JsonSettings c, RoleSet stored, Model m, List<string> notes)
    {
        RoleSet kept = RoleSet.None;
        foreach (string key in KeptKeys)
        {
            Dictionary<Role, HashSet<int>> inBlocks = [];
            List<string> unknown = [];
            foreach (string pattern in c.Texts(key))
            {
                if (HuggingFaceModules.RolesOf(pattern, out int? block) is not RoleSet roles)
                {
                    unknown.Add(pattern);
                }
                else if (block is null)
                {
                    kept |= roles & stored;
                }
                else
                {
                    foreach (Role role in Enum.GetValues<Role>().Where(r => (roles & stored).Holds(r)))
                    {
                        (inBlocks.TryGetValue(role, out HashSet<int>? blocks) ? blocks : inBlocks[role] = []).Add(block.Value);
                    }
                }
            }
            List<Role> somewhere = [];
            foreach ((Role role, HashSet<int> blocks) in inBlocks.Where(pair => !kept.Holds(pair.Key)))
            {
                int[] having = [.. Enumerable.Range(0, (int)m.Blocks).Where(i => Has(m, role, i))];
                if (having.Length > 0 && having.All(blocks.Contains))
                {
                    kept |= (RoleSet)(1 << (int)role);
                }
                else if (having.Any(blocks.Contains))
                {
                    somewhere.Add(role);
                }
            }
            if (unknown.Count > 0)
            {
                notes.Add($"modules of {Key}.{key} that are not known here, and change no bytes: {string.Join(", ", unknown)}");
            }
            if (somewhere.Count > 0)
            {
                notes.Add(
                    $"{Key}.{key} keeps modules of some blocks only, which changes no bytes: "
                        + string.Join(", ", somewhere.Select(RoleSets.Name))
                );
            }
        }
        return kept;
    }

    private static bool Has(Model m, Role role, int block) =>
        role switch
        {
            Role.FeedForward => !m.HasExperts(block),
            Role.RoutedExperts or Role.SharedExperts => m.HasExperts(block),
            _ => true,
        };

    // One scale of 32 bits for a block of the matrix; without blocks one for all of it.
    private static double BlockScales(JsonSettings c)
    {
        double numbers = c.Counts("weight_block_size").Aggregate(1.0, (product, size) => product * size);
        return numbers > 1 ? 32 / numbers : 0;
    }

    // A scale, and a zero point of as many bits as a number has, for each group of numbers.
    private static Quantization Grouped(string method, JsonSettings c)
    {
        double bits = c.OptionalCount("bits") ?? c.OptionalCount("w_bit") ?? 4;
        double group = c.IsNegative("group_size") ? 0 : c.OptionalCount("group_size") ?? c.OptionalCount("q_group_size") ?? 128;
        return bits is >= 2 and <= 8
            ? new Quantization(method, bits + (group > 0 ? (ScaleBits + bits) / group : 0), RoleSet.Matrices)
            : throw c.Error("bits", "2 to 8 are known here");
    }
}
