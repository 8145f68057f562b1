using System.Text.Json;
using MoeScale.Exchange.Megatron;
using MoeScale.Models;

namespace MoeScale.Exchange.Export.Megatron;

/// <summary>A model as options of Megatron-LM, and what of it has none.</summary>
internal static class MegatronModelArguments
{
    /// <summary>What Megatron-LM cannot say.</summary>
    public static IEnumerable<ExportGap> Gaps(ExportSubject subject)
    {
        Model m = subject.Model;
        if (!IsActivationKnown(m))
        {
            yield return new ExportGap.OfActivation(m.Activation);
        }
        if (m.NormAfterParts)
        {
            yield return new ExportGap.NormAfterParts();
        }
        if (m.QueryKeyNorm == QueryKeyNorm.Full || (m.QueryKeyNorm != QueryKeyNorm.None && m.Latent is not null))
        {
            yield return new ExportGap.OfQueryKeyNorm(m.QueryKeyNorm);
        }
        if (MegatronBiases.Of(m) is not (BiasSet.None or BiasSet.Qkv) && !HasAllBiases(m))
        {
            yield return new ExportGap.OfBiases(MegatronBiases.Of(m));
        }
        // Megatron-LM is told which blocks have a window; of a model only their number is known.
        if (subject.Window is double window && (m.WindowedBlocks < m.Blocks || m.Latent is not null))
        {
            yield return new ExportGap.SlidingWindow(window);
        }
        if (subject.Chunk is double chunk)
        {
            yield return new ExportGap.AttentionChunk(chunk);
        }
        if (m.Positions == Positions.Learned && (m.Latent is not null || m.PredictionModules > 0))
        {
            yield return new ExportGap.OfPositions(m.Positions);
        }
        if (m.Positions == Positions.Rope && m.RopeTheta != Math.Floor(m.RopeTheta))
        {
            yield return new ExportGap.RotaryBase(m.RopeTheta);
        }
        if (m.IsDense)
        {
            yield break;
        }
        if (m.NormAfterExperts)
        {
            yield return new ExportGap.NormAfterExperts();
        }
        if (m.Routing.Kind != RoutingKind.TokenChoice)
        {
            yield return new ExportGap.ExpertChoice();
        }
        else if (MegatronRouting.Of(m) is not MegatronRouting routing)
        {
            yield return new ExportGap.OfRouterWeights(m.Routing.Weights, m.TopK);
        }
        else if (m.Routing.BalanceBias > 0 && !routing.TakesBias)
        {
            yield return new ExportGap.BalanceBias(m.Routing.Weights);
        }
    }

    /// <param name="arguments">Added to.</param>
    /// <param name="m">A model without gaps.</param>
    /// <param name="window">Tokens that attention sees in every block, itself one of them; null for all.</param>
    /// <param name="rows">Of embedding and head.</param>
    /// <param name="deviation">Of initial weights.</param>
    public static void Write(MegatronArguments arguments, Model m, double? window, double rows, double deviation)
    {
        arguments.Begin("model");
        arguments.Add(MegatronTable.Sizes, m);
        arguments.Add("padded_vocab_size", rows);
        WriteAttention(arguments, m);
        if (window is double tokens)
        {
            arguments.Add(MegatronWindow.Argument, MegatronWindow.Write(tokens));
        }
        WriteParts(arguments, m);
        arguments.Add("hidden_dropout", 0);
        arguments.Add("attention_dropout", 0);
        arguments.Add("init_method_std", deviation);
        if (!m.IsDense)
        {
            arguments.Begin("experts");
            WriteExperts(arguments, m);
            WriteRouting(arguments, m);
        }
    }

    private static void WriteAttention(MegatronArguments arguments, Model m)
    {
        arguments.Add(MegatronTable.HeadSizes, m);
        if (m.Latent is null)
        {
            if (m.KvHeads != m.Heads)
            {
                arguments.Add("group_query_attention");
                arguments.Add(MegatronTable.GroupSizes, m);
            }
            return;
        }
        arguments.Add("multi_latent_attention");
        arguments.Add(MegatronTable.LatentSizes, m);
        // Not those of YaRN, which it takes for latent attention by itself, and whose fused kernel knows no others.
        arguments.Add("rope_type", "rope");
        arguments.Add("no_rope_fusion");
    }

    private static void WriteParts(MegatronArguments arguments, Model m)
    {
        foreach (MegatronChoice choice in MegatronTable.Choices)
        {
            if (choice.Write(m) is string word)
            {
                arguments.Add(choice.Argument, word);
            }
        }
        foreach (MegatronSwitch part in (MegatronSwitch[])[.. MegatronTable.Switches, MegatronTable.QueryKeyNorm, MegatronTable.SwiGlu])
        {
            arguments.AddIf(part.IsOn(m), part.Argument);
        }
        bool hasAll = HasAllBiases(m);
        arguments.AddIf(!hasAll, MegatronBiases.None);
        arguments.AddIf(!hasAll && MegatronBiases.Of(m).HasFlag(BiasSet.Qkv), MegatronBiases.OfQueries);
        // Its fused kernel has tanh in the place of the normal distribution.
        arguments.AddIf(hasAll && m.Activation == Activation.Gelu, "no_bias_gelu_fusion");
    }

    private static void WriteExperts(MegatronArguments arguments, Model m)
    {
        arguments.Add(MegatronTable.ExpertSizes, m);
        // What is dropped are the last tokens of a micro-batch, as here, and not those of the smallest weights.
        if (m.Routing.CapacityFactor is not null)
        {
            arguments.Add("moe_token_drop_policy", "position");
        }
        arguments.Add(MegatronTable.SharedSizes, m);
        arguments.AddIf(m.SharedWidth > 0 && m.SharedGate, MegatronTable.SharedGate.Argument);
        if (ExpertBlocks.Of(m).Write((int)m.Blocks) is string blocks)
        {
            arguments.Add(MegatronTable.ExpertLayers, blocks);
        }
        arguments.Add("moe_grouped_gemm");
        arguments.Add("moe_token_dispatcher_type", "alltoall");
    }

    private static void WriteRouting(MegatronArguments arguments, Model m)
    {
        MegatronRouting routing = MegatronRouting.Of(m)!;
        arguments.Add(MegatronRouting.Scores, routing.ScoreFunction);
        arguments.AddIf(routing.IsBeforeChoice, MegatronRouting.BeforeChoice);
        arguments.Add("moe_router_dtype", "fp32");
        Routing r = m.Routing;
        if (r.BalanceBias > 0)
        {
            arguments.Add(MegatronRouting.HasBias);
            arguments.Add(MegatronRouting.BiasRate, r.BalanceBias);
        }
        arguments.Add(MegatronRouting.BalanceKind, r.BalanceLoss > 0 ? "aux_loss" : "none");
        if (r.BalanceLoss > 0)
        {
            arguments.Add(MegatronRouting.BalanceLoss, r.BalanceLoss);
        }
        if (r.ZLoss > 0)
        {
            arguments.Add(MegatronRouting.ZLoss, r.ZLoss);
        }
        foreach ((string _, string argument, double value) in SaidOtherwise(m))
        {
            arguments.Add(argument, value);
        }
    }

    /// <summary>What the model leaves out and Megatron-LM computes: keys of a config.json, its arguments and their values.</summary>
    public static IEnumerable<(string Key, string Argument, double Value)> SaidOtherwise(Model m)
    {
        IReadOnlyDictionary<string, JsonElement> values = LeftOutPart.ValuesOf(m);
        // It measures a group by its best top_k / topk_group experts; models with a bias, by the best two.
        if (
            Number("n_group") is double groups
            && Number("topk_group") is double chosen
            && m.Routing.BalanceBias > 0
            && m.TopK == 2 * chosen
        )
        {
            yield return ("n_group", MegatronRouting.Groups, groups);
            yield return ("topk_group", MegatronRouting.GroupTopK, chosen);
        }
        if (Number("routed_scaling_factor") is double scale)
        {
            yield return ("routed_scaling_factor", MegatronRouting.WeightScale, scale);
        }

        double? Number(string key) =>
            values.TryGetValue(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    private static bool HasAllBiases(Model m) => MegatronBiases.Of(m) == MegatronBiases.AllOf(m);

    private static bool IsActivationKnown(Model m) =>
        m.Activation switch
        {
            Activation.SwiGlu or Activation.Gelu => true,
            // Its fused kernel for a bias and this function is a dense layer's.
            Activation.GeluTanh => m.IsDense && HasAllBiases(m),
            _ => false,
        };
}
