using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.Targets;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Export;

public class TorchTitanExportTests(ITestOutputHelper output)
{
    private static readonly ExportTarget Target = ExportTargets.Named("torchtitan");

    // What torchtitan's common parts have no words for.
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["DeepSeek-V2"] = "latent_attention",
        ["DeepSeek-V2-Lite"] = "latent_attention",
        ["DeepSeek-V3"] = "latent_attention, prediction_modules",
        ["GLM-4.5"] = "of_biases, prediction_modules",
        ["GLM-4.5-Air"] = "of_biases, prediction_modules",
        ["GPT-2"] = "of_activation, of_norm, of_positions, of_biases",
        ["GPT-2-large"] = "of_activation, of_norm, of_positions, of_biases",
        ["GPT-2-medium"] = "of_activation, of_norm, of_positions, of_biases",
        ["GPT-2-xl"] = "of_activation, of_norm, of_positions, of_biases",
        ["gpt-oss-120b"] = "attention_sinks, sliding_window, of_biases",
        ["gpt-oss-20b"] = "attention_sinks, sliding_window, of_biases",
        ["Grok-1"] = "of_activation, norm_after_parts",
        ["Kimi-K2"] = "latent_attention",
        ["Llama-4-Maverick-17B-128E(text)"] = "attention_chunk",
        ["Llama-4-Scout-17B-16E(text)"] = "attention_chunk",
        ["Mistral-7B-v0.1"] = "sliding_window",
        ["OLMoE-1B-7B"] = "of_query_key_norm",
        ["Phi-3.5-MoE-instruct"] = "of_norm, of_biases",
        ["Qwen1.5-MoE-A2.7B"] = "of_biases, shared_expert_gate",
    };

    public static TheoryData<string> Models { get; } = [.. ModelCatalog.Ids];

    [Theory]
    [MemberData(nameof(Models))]
    public void Gaps_ModelOfTheCatalog_AreThese(string id) =>
        Assert.Equal(Refused.GetValueOrDefault(id, ""), string.Join(", ", Gaps(ModelCatalog.Open(id)).Select(g => g.Kind)));

    /// <summary>torchtitan's own configuration takes each golden module, and has the parameters of the census.</summary>
    [Fact]
    public void Goldens_TorchTitansOwnCode_CountsTheSame()
    {
        string[] modules = Checker.Goldens(".py");
        Dictionary<string, double> withExperts = new()
        {
            ["dense.py"] = 0,
            ["shared_experts.py"] = 27,
            ["normed_queries.py"] = 48,
            ["run.py"] = 1,
        };
        foreach ((string module, JsonElement answer) in modules.Zip(Checker.Run("check_torchtitan.py", "MOESCALE_TORCHTITAN", modules)))
        {
            output.WriteLine($"{answer}");
            string file = Path.GetFileName(module);
            Assert.Equal(Census.Of(GoldenModels.Of(file)).TotalParams, answer.GetProperty("parameters").GetDouble());
            Assert.Equal(withExperts[file], answer.GetProperty("with_experts").GetDouble());
        }
        Assert.Equal(withExperts.Count, modules.Length);
    }

    [Fact]
    public void Write_LossesOfRouters_AreLeftOutAndTold()
    {
        Model model = ModelCatalog.Open("mixtral-8x7b");
        Exported exported = Export(model, new ExportOptions());
        Assert.Contains(new ExportNote.NoBalanceLoss(0.01, 0.001), exported.Notes);
        Assert.Contains(new ExportNote.NoZLoss(0.001), exported.Notes);
        Assert.Contains("load_balance_coeff=0.001,", exported.Files[0].Text);
    }

    [Fact]
    public void Write_NameWithQuotesAndLines_StaysText()
    {
        Model model = ModelCatalog.Open("llama-3-8b") with { Name = "a\"\"\"\nimport os\\" };
        string text = Export(model, new ExportOptions()).Files[0].Text!;
        Assert.DoesNotContain("\nimport os\\", text);
        Assert.Contains("flavor=\"a''' import os\\\\\",", text);
    }

    [Fact]
    public void Write_RanksThatCutAHead_AreRefused()
    {
        ExportOptions options = new() { Layout = new TrainingSetup { TensorParallel = 16 } };
        output.WriteLine(Assert.Throws<UserException>(() => Export(ModelCatalog.Open("llama-3-8b"), options)).Message);
    }

    private static IReadOnlyList<ExportGap> Gaps(Model model) => Target.Gaps(new ExportSubject { Name = model.Name, Model = model });

    private static Exported Export(Model model, ExportOptions options)
    {
        Dictionary<string, string> recipe = new()
        {
            ["tokens"] = "1T",
            ["batch_tokens"] = "4M",
            ["learning_rate"] = "3e-4",
        };
        return Target.Write(ExportRecipe.Complete(new ExportSubject { Name = model.Name, Model = model }, recipe, sequence: 4096), options);
    }
}
