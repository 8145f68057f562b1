using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.Targets;
using MoeScale.Exchange.Import;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Export;

public class MegatronExportTests(ITestOutputHelper output)
{
    private static readonly ExportTarget Target = ExportTargets.Named("megatron");

    private static readonly Dictionary<string, string> Recipe = new()
    {
        ["tokens"] = "1T",
        ["batch_tokens"] = "4M",
        ["learning_rate"] = "3e-4",
    };

    // Why models of the catalog do not go out.
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["gpt-oss-120b"] = "sliding_window",
        ["gpt-oss-20b"] = "sliding_window",
        ["Grok-1"] = "of_activation, norm_after_parts",
        ["Llama-4-Maverick-17B-128E(text)"] = "attention_chunk",
        ["Llama-4-Scout-17B-16E(text)"] = "attention_chunk",
        ["OLMoE-1B-7B"] = "of_query_key_norm",
        ["Phi-3.5-MoE-instruct"] = "of_biases",
    };

    public static TheoryData<string> Models { get; } = [.. ModelCatalog.Ids];

    public static TheoryData<string> Scripts { get; } = [.. Checker.Goldens(".sh", ".sbatch").Select(g => Path.GetFileName(g))];

    [Theory]
    [MemberData(nameof(Models))]
    public void Write_ModelOfTheCatalog_ReadsBackToTheSameCounts(string id)
    {
        Model model = ModelCatalog.Open(id);
        string gaps = string.Join(", ", Target.Gaps(Subject(model)).Select(g => g.Kind));
        Assert.Equal(Refused.GetValueOrDefault(id, ""), gaps);
        if (gaps.Length > 0)
        {
            return;
        }
        Exported exported = Export(model);
        Model read = MegatronModel.Read(MegatronScripts.Printed(exported.Files[0].Text!), id);
        (Census ours, Census theirs) = (Census.Of(model), Census.Of(read));
        Assert.Equal(
            (ours.TotalParams, ours.ActiveParams, ours.PredictionParams, ours.KvValuesPerToken, ours.MatrixFlopsPerToken),
            (theirs.TotalParams, theirs.ActiveParams, theirs.PredictionParams, theirs.KvValuesPerToken, theirs.MatrixFlopsPerToken)
        );
        Assert.Equal(
            (model.RopeTheta, model.NormEpsilon, model.QueryKeyNorm, model.Normalization, model.Positions, model.TiedEmbeddings),
            (read.RopeTheta, read.NormEpsilon, read.QueryKeyNorm, read.Normalization, read.Positions, read.TiedEmbeddings)
        );
        if (!model.IsDense)
        {
            Assert.Equal(model.Routing, read.Routing);
        }
    }

    /// <summary>megatron-options.txt holds the options of one version of Megatron-LM.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public void Goldens_Options_AreMegatrons(string script)
    {
        Dictionary<string, string[]> known = Checker.Facts("megatron-options.txt").ToDictionary(p => p[0], p => p[1..]);
        IReadOnlyList<(string Option, string? Value)> options = MegatronScripts.Options(Checker.Text(script));
        Assert.Equal(options.Count, options.DistinctBy(o => o.Option).Count());
        foreach ((string option, string? value) in options)
        {
            Assert.True(known.TryGetValue(option, out string[]? rule), $"{option} is no option");
            Assert.True(rule[1] == "0" == value is null, $"{option} {value}");
            if (value is null)
            {
                continue;
            }
            bool isRight = rule[0] switch
            {
                "int" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
                "float" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
                "moe_freq_type" => Regex.IsMatch(value, @"^[\[\]()+*\d]+$"),
                _ => true,
            };
            Assert.True(isRight, $"{option} {value} is no {rule[0]}");
            Assert.True(rule[2] == "-" || rule[2].Split('|').Contains(value), $"{option} {value} is none of {rule[2]}");
        }
    }

    /// <summary>
    /// Megatron-LM's own parser, checks and report take each golden script: MOESCALE_MEGATRON names a checkout. Its counts are those of the
    /// census of the model that was exported, but for what its report leaves out.
    /// </summary>
    [Fact]
    public void Goldens_MegatronsOwnCode_CountsTheSame()
    {
        string[] scripts = Checker.Goldens(".sh", ".sbatch");
        foreach ((string script, JsonElement answer) in scripts.Zip(Checker.Run("check_megatron.py", "MOESCALE_MEGATRON", scripts)))
        {
            output.WriteLine($"{answer}");
            Dictionary<string, string> printed = MegatronScripts.Printed(File.ReadAllText(script));
            Model model = GoldenModels.Of(Path.GetFileName(script));
            double tensorRanks = double.Parse(printed["tensor_model_parallel_size"], CultureInfo.InvariantCulture);
            double rows = Math.Ceiling(model.VocabularyRows / tensorRanks) * tensorRanks;
            Census census = Census.Of(model with { VocabularySize = rows, NotCounted = default });
            double leftOut = LeftOut(census);
            double prediction = Prediction(census);
            Assert.Equal(census.TotalParams - leftOut + prediction, answer.GetProperty("parameters").GetDouble());
            Assert.Equal(ActiveLeftOut(census) + answer.GetProperty("active").GetDouble(), census.ActiveParams + prediction);
            if (leftOut == 0 && prediction == 0 && printed["pipeline_model_parallel_size"] == "1" && printed.ContainsKey("bf16"))
            {
                Assert.Equal(StateBytes(census, printed, answer), answer.GetProperty("weights_and_optimizer_bytes").GetDouble(), 1.0);
            }
            Assert.Equal(
                double.Parse(printed["train_samples"], CultureInfo.InvariantCulture),
                answer.GetProperty("train_samples").GetDouble()
            );
        }
    }

    [Theory]
    [InlineData("routing: expert_choice\nrouting_group: 8", "expert_choice")]
    [InlineData("router_weights: sigmoid", "of_router_weights")]
    [InlineData("balance_bias: 0.001", "balance_bias")]
    [InlineData("norm_after_parts: true", "norm_after_parts")]
    [InlineData("norm_after_experts: true", "norm_after_experts")]
    [InlineData("qk_norm: full", "of_query_key_norm")]
    [InlineData("biases: [attention_output]", "of_biases")]
    [InlineData("sliding_window: 16\nfull_attention_blocks: 2", "sliding_window")]
    [InlineData("rope_theta: 10000.5", "rotary_base")]
    public void Gaps_WhatMegatronCannotSay_AreTold(string line, string kind)
    {
        ExportGap gap = Assert.Single(Target.Gaps(Subject(Parse($"{line}\nactivation: swiglu"))));
        Assert.Equal(kind, gap.Kind);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("geglu")]
    [InlineData("geglu_tanh")]
    [InlineData("gelu_tanh")]
    public void Gaps_ActivationThatMegatronHasNot_IsTold(string activation) =>
        Assert.IsType<ExportGap.OfActivation>(Assert.Single(Target.Gaps(Subject(Parse($"activation: {activation}")))));

    [Fact]
    public void Gaps_SinksOfAttention_AreNone()
    {
        Model model = Parse("attention_sinks: true\nactivation: swiglu");
        Assert.Empty(Target.Gaps(Subject(model)));
        Assert.Contains("--softmax-type learnable", Export(model).Files[0].Text);
    }

    [Theory]
    [InlineData("--tp 3", 3, 1, 1, 1)]
    [InlineData("stages", 1, 5, 1, 1)]
    [InlineData("experts", 1, 1, 16, 16)]
    [InlineData("ranks", 1, 1, 4, 2)]
    public void Write_LayoutThatDividesNothing_IsRefused(string what, int tensor, int pipeline, int expert, int data)
    {
        TrainingSetup layout = new()
        {
            TensorParallel = tensor,
            PipelineParallel = pipeline,
            ExpertParallel = expert,
            DataParallel = data,
        };
        Model model = Parse("activation: swiglu");
        output.WriteLine($"{what}: {Assert.Throws<UserException>(() => Export(model, new ExportOptions { Layout = layout })).Message}");
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(128, true)]
    public void Gaps_WindowBesideFullAttention_CountsWhereSequencesAreLonger(int sequence, bool isTold)
    {
        Model model = Parse("sliding_window: 64\nfull_attention_blocks: 2\nactivation: swiglu");
        Assert.Equal(isTold, Target.Gaps(ExportRecipe.Complete(Subject(model), Recipe, sequence)).Any(g => g is ExportGap.SlidingWindow));
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(128, true)]
    public void Write_WindowOfAllBlocks_IsSaidWhereSequencesAreLonger(int sequence, bool isSaid)
    {
        Model model = Parse("sliding_window: 64\nactivation: swiglu");
        string text = Target.Write(ExportRecipe.Complete(Subject(model), Recipe, sequence), new ExportOptions()).Files[0].Text!;
        Assert.Equal(isSaid, text.Contains("--window-size 63,0\n", StringComparison.Ordinal));
    }

    [Fact]
    public void Complete_NothingToldOfTraining_AsksForAllOfIt()
    {
        ExportSubject subject = Subject(Parse("activation: swiglu"));
        string message = Assert.Throws<UserException>(() => ExportRecipe.Complete(subject, new Dictionary<string, string>())).Message;
        Assert.All(["tokens", "batch_tokens", "learning_rate"], s => Assert.Contains($"'{s}", message, StringComparison.Ordinal));
    }

    [Fact]
    public void Complete_BatchInTokens_IsWhatRanksCanShare()
    {
        ExportSubject subject = ExportRecipe.Complete(
            Subject(Parse("activation: swiglu")),
            new Dictionary<string, string>(Recipe) { ["micro_batch"] = "2" },
            sequence: 64,
            dataRanks: 32
        );
        Assert.Equal(62528, subject.Run!.BatchSequences);
        Assert.Contains(new ExportNote.NearestBatch(4e6, 62528 * 64), subject.Notes);
    }

    [Fact]
    public void Write_VocabularyThatRanksCannotShare_IsPaddedAndTold()
    {
        Model model = Parse("activation: swiglu") with { VocabularySize = 257 };
        TrainingSetup layout = new() { TensorParallel = 2, SequenceParallel = true };
        Exported exported = Export(model, new ExportOptions { Layout = layout });
        Assert.Contains(new ExportNote.PaddedVocabulary(257, 258, 2 * model.ModelWidth), exported.Notes);
        Assert.Contains("--padded-vocab-size 258\n", exported.Files[0].Text);
    }

    private static Exported Export(Model model, ExportOptions? options = null) =>
        Target.Write(
            ExportRecipe.Complete(
                Subject(model),
                Recipe,
                sequence: (int)Math.Min(model.Context, 4096),
                dataRanks: options?.Layout.DataParallel ?? 1
            ),
            options ?? new ExportOptions()
        );

    private static ExportSubject Subject(Model model) => new() { Name = model.Name, Model = model };

    private static Model Parse(string lines) =>
        ModelFile.Parse(
            YamlMap.Parse(
                $"id: a\nd_model: 64\nn_blocks: 4\nn_heads: 4\nd_ff: 128\nexpert_count: 8\nd_expert: 64\ntop_k: 2\n"
                    + $"vocab_size: 256\ncontext: 64\nnorm: rmsnorm\npositions: rope\n{lines}\n",
                "a.yaml"
            )
        );

    // Its report counts neither biases nor learned positions, sinks, nor norms of queries and keys.
    private static double LeftOut(Census census) =>
        census.Rows.Where(r => IsLeftOut(r) && r.Kind != LayerKind.Prediction).Sum(r => r.Stored) + QueryKeyNorms(census.Model);

    private static double ActiveLeftOut(Census census) =>
        census.Rows.Where(r => IsLeftOut(r) && r.Kind != LayerKind.Prediction).Sum(r => r.Used) + QueryKeyNorms(census.Model);

    private static bool IsLeftOut(CensusRow row) => row.Role is Role.Biases or Role.Positions or Role.AttentionSinks;

    private static double QueryKeyNorms(Model m) => m.QueryKeyNorm == QueryKeyNorm.PerHead ? m.Blocks * 2 * m.HeadWidth : 0;

    // It counts the block of a prediction module, without what joins it to the stream, and all of it as active.
    private static double Prediction(Census census) =>
        census
            .Rows.Where(r => r.Kind == LayerKind.Prediction && r.Role is not (Role.PredictionProjection or Role.Biases))
            .Sum(r => r.Stored) - (census.Model.PredictionModules * 3 * census.Model.ModelWidth);

    // Weights, gradients, and the optimizer's states on the most loaded rank.
    private static double StateBytes(Census census, Dictionary<string, string> printed, JsonElement answer)
    {
        TrainingSetup setup = new()
        {
            DataParallel = answer.GetProperty("data_parallel_size").GetInt32(),
            TensorParallel = Rank("tensor_model_parallel_size"),
            ExpertParallel = Rank("expert_model_parallel_size"),
            ExpertTensorParallel = Rank("expert_tensor_parallel_size"),
            Zero = printed.ContainsKey("use_distributed_optimizer") ? 1 : 0,
            SequenceLength = Rank("seq_length"),
        };
        StageMemory rank = TrainingMemory.Of(census, setup).MostLoaded;
        return rank.WeightBytes + rank.GradientBytes + rank.OptimizerBytes;

        int Rank(string name) => int.Parse(printed.GetValueOrDefault(name, "1"), CultureInfo.InvariantCulture);
    }
}
