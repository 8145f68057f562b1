using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.Targets;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Export;

/// <summary>Losses of routers go out as somebody gave them; what nobody gave, and what a file does not use, is told.</summary>
public class RouterLossTests
{
    private const string Unused = """
        {
          "model_type": "qwen3_moe", "hidden_size": 64, "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2,
          "head_dim": 16, "intermediate_size": 96, "moe_intermediate_size": 32, "num_experts": 8, "num_experts_per_tok": 2,
          "norm_topk_prob": true, "vocab_size": 100, "max_position_embeddings": 32, "router_aux_loss_coef": 0.001
        }
        """;

    [Theory]
    [InlineData("megatron", "DeepSeek-V3", "router_z_loss 0.001")]
    [InlineData("megatron", "Mixtral-8x7B-v0.1", "balance_loss 0.01, router_z_loss 0.001")]
    [InlineData("torchtitan", "Mixtral-8x7B-v0.1", "balance_loss 0.01, router_z_loss 0.001")]
    [InlineData("megatron", "Llama-3-8B", "")]
    public void Write_LossesThatNobodyGave_AreToldAmongTheDefaults(string target, string id, string expected)
    {
        Exported exported = Write(target, ModelCatalog.Open(id));
        ExportNote.DefaultRecipe note = Assert.Single(exported.Notes.OfType<ExportNote.DefaultRecipe>());
        Assert.Equal(expected, string.Join(", ", note.Losses.Select(l => FormattableString.Invariant($"{l.Key} {l.Value}"))));
    }

    [Theory]
    [InlineData("Mixtral-8x7B-v0.1")]
    [InlineData("DeepSeek-V2-Lite")]
    public void Write_LossesThatNobodyGave_AreNoKeysOfAConfiguration(string id)
    {
        Exported exported = Write("hf", ModelCatalog.Open(id));
        foreach (string key in (string[])["router_aux_loss_coef", "output_router_logits", "aux_loss_alpha", "seq_aux"])
        {
            Assert.DoesNotContain(key, exported.Files[0].Text);
        }
        Assert.DoesNotContain(exported.Notes, n => n is ExportNote.NotTrained { Key: not RoutingKeys.BalanceBias });
    }

    [Fact]
    public void Write_CoefficientThatIsNotAskedFor_ComesOutAgain()
    {
        Exported exported = Write("hf", HuggingFaceConfig.Parse(Unused, "config.json"));
        Assert.Contains("\"router_aux_loss_coef\": 0.001,", exported.Files[0].Text);
        Assert.Contains("\"output_router_logits\": false", exported.Files[0].Text);
    }

    [Theory]
    [InlineData("megatron")]
    [InlineData("torchtitan")]
    [InlineData("hf")]
    public void Write_WhatReadingHadToSay_IsTold(string target)
    {
        Exported exported = Write(target, HuggingFaceConfig.Parse(Unused, "config.json"));
        ExportNote.OfReading note = Assert.Single(exported.Notes.OfType<ExportNote.OfReading>());
        Assert.Contains("output_router_logits is not true, so that training adds no balance loss", note.Text);
    }

    private static Exported Write(string target, Model model)
    {
        ExportTarget to = ExportTargets.Named(target);
        ExportSubject subject = new() { Name = model.Name, Model = model };
        Dictionary<string, string> recipe = new()
        {
            ["tokens"] = "1000000000",
            ["batch_tokens"] = "4194304",
            ["learning_rate"] = "3e-4",
        };
        return to.Write(to.HasTraining ? ExportRecipe.Complete(subject, recipe) : subject, new ExportOptions());
    }
}
