namespace MoeScale.Exchange.Export.HuggingFace;

/// <summary>
/// A configuration class of the library transformers (or of code beside a file), as something that a model can be said in.
/// </summary>
/// <param name="Type">Its <c>model_type</c>.</param>
/// <param name="ClassName">The class that computes it: "LlamaForCausalLM".</param>
/// <param name="Keys">Everything that a file of it says of a model.</param>
internal sealed record Architecture(string Type, string ClassName, IReadOnlyList<ConfigKey> Keys)
{
    /// <summary>Whether its blocks have experts, be it in part.</summary>
    public bool HasExperts { get; init; }

    /// <summary>Whether its file can ask for a balance loss.</summary>
    public bool HasBalanceLoss { get; init; }

    /// <summary>Whether its code lies beside the files of a model, not in transformers; other engines have it of their own.</summary>
    public bool IsOwnCode { get; init; }

    /// <summary>Keys that its file can have where a model has values of them, beside <see cref="Keys"/>.</summary>
    public IReadOnlyList<string> OptionalKeys { get; init; } = Rotary;

    /// <summary>Whether its class reads a key of what a model leaves out.</summary>
    public bool Knows(string key) => OptionalKeys.Contains(key) || Keys.Any(k => k.Name == key);

    private static readonly string[] Rotary = ["rope_scaling", "rope_parameters"];

    /// <summary>Where a model fits several, the first is taken: it is the one that most programs know.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new("llama", "LlamaForCausalLM", ConfigKey.Llama),
        new("mistral", "MistralForCausalLM", ConfigKey.Mistral),
        new("qwen2", "Qwen2ForCausalLM", ConfigKey.Qwen2),
        new("qwen3", "Qwen3ForCausalLM", ConfigKey.Qwen3),
        new("gpt2", "GPT2LMHeadModel", ConfigKey.Gpt2) { OptionalKeys = [] },
        new("mixtral", "MixtralForCausalLM", ConfigKey.Mixtral) { HasExperts = true, HasBalanceLoss = true },
        new("qwen3_moe", "Qwen3MoeForCausalLM", ConfigKey.Qwen3Experts) { HasExperts = true, HasBalanceLoss = true },
        new("olmoe", "OlmoeForCausalLM", ConfigKey.Olmoe)
        {
            HasExperts = true,
            HasBalanceLoss = true,
            OptionalKeys = [.. Rotary, "clip_qkv"],
        },
        new("qwen2_moe", "Qwen2MoeForCausalLM", ConfigKey.Qwen2Experts) { HasExperts = true, HasBalanceLoss = true },
        new("glm4_moe", "Glm4MoeForCausalLM", ConfigKey.Glm) { HasExperts = true },
        new("deepseek_v3", "DeepseekV3ForCausalLM", ConfigKey.DeepSeekV3) { HasExperts = true },
        new("deepseek_v2", "DeepseekV2ForCausalLM", ConfigKey.DeepSeekV2) { HasExperts = true, HasBalanceLoss = true },
        new("deepseek", "DeepseekForCausalLM", ConfigKey.DeepSeek)
        {
            HasExperts = true,
            HasBalanceLoss = true,
            IsOwnCode = true,
        },
        new("gpt_oss", "GptOssForCausalLM", ConfigKey.GptOss)
        {
            HasExperts = true,
            HasBalanceLoss = true,
            OptionalKeys = [.. Rotary, "swiglu_limit"],
        },
    ];
}
