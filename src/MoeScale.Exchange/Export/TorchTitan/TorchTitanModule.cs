using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;
using MoeScale.Training.Transformers;

namespace MoeScale.Exchange.Export.TorchTitan;

/// <summary>The text of the Python module.</summary>
/// <param name="subject">For its name.</param>
/// <param name="counted">Its model, without gaps, and how it is trained.</param>
/// <param name="options">With a layout that suits both.</param>
internal sealed class TorchTitanModule(ExportSubject subject, EngineRun counted, ExportOptions options)
{
    public const string DataVariable = "DATA_PATH";
    public const string TokenizerVariable = "TOKENIZER";

    private const double DefaultBiasRate = 1e-3;

    private readonly StringBuilder _text = new();
    private readonly Model _model = counted.Model;
    private readonly RunConfiguration _run = counted.Run;

    /// <summary>A name that Python can import.</summary>
    public string Name { get; } =
        "moescale_" + string.Concat(subject.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_')).Trim('_');

    /// <summary>
    /// By which a bias balances the load of experts, also in the place of a balance loss, since there is none; 0 for no bias.
    /// </summary>
    public static double BiasRate(Model m)
    {
        if (m.Routing.BalanceBias > 0)
        {
            return m.Routing.BalanceBias;
        }
        return m.Routing.BalanceLoss > 0 ? DefaultBiasRate : 0;
    }

    public string Write()
    {
        AddHead();
        AddLayers();
        AddModel();
        AddTraining();
        return _text.ToString();
    }

    private void AddHead()
    {
        Census census = Census.Of(_model);
        string active = _model.IsDense ? "" : $" ({Quantity.FormatCount(census.ActiveParams)} active)";
        string total = $"{Quantity.FormatCount(census.TotalParams)} parameters{active}";
        string step = Quantity.FormatCount(counted.StepTokens);
        Add($"\"\"\"{Comment(subject.Name)}: {total}, {Quantity.FormatCount(_run.Tokens)} tokens in steps of {step}.");
        Add($"");
        Add(
            $"Written by MoeScale for torchtitan of August 2026. In the folder of this file and with torchtitan installed, on each machine:"
        );
        Add($"");
        Add($"    PYTHONPATH=. torchrun --nproc-per-node N -m torchtitan.train --module {Name} --config train");
        Add($"");
        Add($"on {Plural.Of(options.Ranks, "GPU")} in all. Words such as --training.steps 100 count more than what stands here.");
        Add($"\"\"\"");
        _text.Append(Imports);
    }

    private void AddLayers()
    {
        Add($"");
        Add($"STD = {Number(counted.Deviation)}");
        Add($"EPS = {Number(_model.NormEpsilon)}");
        Add($"N_LAYERS = {Number(_model.Blocks)}");
        Add($"DIM = {Number(_model.ModelWidth)}");
        Add($"HEAD_DIM = {Number(_model.HeadWidth)}");
        Add($"VOCAB_SIZE = {Number(_model.VocabularyRows)}");
        if (!_model.IsDense && _model.DenseBlocks > 0)
        {
            Add($"# Which blocks have experts: those with a 1.");
            Add($"HAS_EXPERTS = {ExpertBlocks.Of(_model).Write((int)_model.Blocks)}");
        }
        _text.Append(Helpers);
        string rope = $"CosSinRoPE.Config(dim=HEAD_DIM, max_context_length={Number(_model.Context)}, theta={Number(_model.RopeTheta)})";
        Add($"");
        Add($"");
        Add($"def attention():");
        Add($"    return make_gqa_config(");
        Add($"        dim=DIM,");
        Add($"        n_heads={Number(_model.Heads)},");
        Add($"        n_kv_heads={Number(_model.KvHeads)},");
        Add($"        head_dim=HEAD_DIM,");
        Add($"        wqkv_param_init=LINEAR,");
        Add($"        wo_param_init=OUTPUT,");
        Add($"        inner_attention=get_attention_config(\"flex\"),");
        Add($"        fuse_qkv=True,");
        Add($"        rope={rope},");
        Add($"        qk_norm={(_model.QueryKeyNorm == QueryKeyNorm.PerHead ? "norm(HEAD_DIM)" : "None")},");
        Add($"    )");
        if (!_model.IsDense)
        {
            AddExperts();
        }
    }

    private void AddExperts()
    {
        Routing r = _model.Routing;
        bool isSigmoid = r.Weights is RouterWeights.Sigmoid or RouterWeights.SelectedSigmoid;
        // A softmax over all experts, scaled to the sum 1 over those chosen, is one over those chosen.
        bool isScaled = r.Weights is RouterWeights.SelectedSoftmax or RouterWeights.SelectedSigmoid;
        Add($"");
        Add($"");
        Add($"def experts():");
        Add($"    return make_moe_config(");
        Add($"        num_experts={Number(_model.ExpertCount)},");
        Add($"        router=make_router_config(");
        Add($"            dim=DIM,");
        Add($"            num_experts={Number(_model.ExpertCount)},");
        Add($"            top_k={Number(_model.TopK)},");
        Add($"            gate_param_init=LINEAR,");
        Add($"            score_func=\"{(isSigmoid ? "sigmoid" : "softmax")}\",");
        Add($"            route_norm={(isScaled ? "True" : "False")},");
        Add($"        ),");
        Add($"        routed_experts=make_routed_experts_config(");
        Add($"            dim=DIM,");
        Add($"            hidden_dim={Number(_model.ExpertWidth)},");
        Add($"            num_experts={Number(_model.ExpertCount)},");
        Add($"            top_k={Number(_model.TopK)},");
        Add($"            param_init={{\"w1_EFD\": LINEAR[\"weight\"], \"w2_EDF\": OUTPUT[\"weight\"], \"w3_EFD\": LINEAR[\"weight\"]}},");
        Add($"            comm_backend=\"standard\",");
        Add($"        ),");
        Add($"        shared_experts={(_model.SharedWidth > 0 ? $"feed_forward({Number(_model.SharedWidth)})" : "None")},");
        Add($"        load_balance_coeff={(BiasRate(_model) > 0 ? Number(BiasRate(_model)) : "None")},");
        Add($"    )");
    }

    private void AddModel()
    {
        Add($"");
        Add($"");
        Add($"def block(layer):");
        if (_model.IsDense)
        {
            Add($"    part = {{\"feed_forward\": feed_forward({Number(_model.FeedForwardWidth)})}}");
        }
        else if (_model.DenseBlocks > 0)
        {
            string dense = $"feed_forward({Number(_model.FeedForwardWidth)})";
            Add($"    part = {{\"moe\": experts()}} if HAS_EXPERTS[layer] else {{\"feed_forward\": {dense}}}");
        }
        else
        {
            Add($"    part = {{\"moe\": experts()}}");
        }
        Add($"    return Qwen3TransformerBlock.Config(attention_norm=norm(DIM), ffn_norm=norm(DIM), attention=attention(), **part)");
        Add($"");
        Add($"");
        Add($"def model():");
        Add($"    return Qwen3Model.Config(");
        Add($"        vocab_size=VOCAB_SIZE,");
        Add($"        dim=DIM,");
        Add($"        norm=norm(DIM),");
        Add($"        enable_weight_tying={(_model.TiedEmbeddings ? "True" : "False")},");
        Add($"        tok_embeddings=Embedding.Config(");
        Add($"            num_embeddings=VOCAB_SIZE,");
        Add($"            embedding_dim=DIM,");
        Add($"            param_init={(_model.TiedEmbeddings ? "{\"weight\": skip_param_init}" : "{\"weight\": LINEAR[\"weight\"]}")},");
        Add($"        ),");
        Add($"        lm_head=linear(DIM, VOCAB_SIZE, LINEAR),");
        Add($"        layers=[block(layer) for layer in range(N_LAYERS)],");
        Add($"    )");
    }

    private void AddTraining()
    {
        Add($"");
        Add($"");
        Add($"def train() -> Trainer.Config:");
        Add($"    spec = ModelSpec(");
        Add($"        name=\"qwen3\",");
        Add($"        flavor={Quoted(subject.Name)},");
        Add($"        model=model(),");
        Add($"        parallelize_fn=parallelize_qwen3,");
        Add($"        pipelining_fn=pipeline_llm,");
        Add($"        post_optimizer_build_fn=register_moe_load_balancing_hook,");
        Add($"        state_dict_adapter=Qwen3StateDictAdapter,");
        Add($"    )");
        Add($"    return Trainer.Config(");
        Add($"        loss=ChunkedLossWrapper.Config(loss_fn=CrossEntropyLoss.Config(global_vocab_size=VOCAB_SIZE)),");
        Add($"        model_spec=spec,");
        Add($"        # A folder with the tokenizer, and lines of JSON with a field \"text\".");
        Add($"        hf_assets_path={Given(options.Tokenizer, TokenizerVariable)},");
        string files = Given(options.DataPath, DataVariable);
        Add($"        dataloader=GrainDataLoader.Config(dataset=ConcatThenSplitPackingConfig(dataset=text({files}))),");
        AddOptimizer();
        AddLayout();
        Add($"        metrics=MetricsProcessor.Config(log_freq={Number(counted.LogInterval)}, enable_tensorboard=True),");
        string saved = Number(counted.SaveInterval);
        Add($"        checkpoint=CheckpointManager.Config(enable=True, interval={saved}, last_save_model_only=False),");
        Add($"        activation_checkpoint={Recomputed()},");
        Add($"        debug=DebugConfig(seed={_run.Seed}),");
        Add($"    )");
    }

    private void AddOptimizer()
    {
        AdamWSettings o = _run.Optimizer;
        string common =
            $"\"lr\": {Number(_run.LearningRate)}, \"betas\": ({Number(o.Beta1)}, {Number(o.Beta2)}), \"eps\": {Number(o.Epsilon)}";
        Add($"        optimizer=OptimizersContainer.Config(");
        Add($"            param_groups=[");
        foreach ((string pattern, double decay) in ((string, double)[])[(@"norm\.weight$", 0), (".*", o.WeightDecay)])
        {
            Add($"                ParamGroupConfig(");
            Add($"                    pattern=r\"{pattern}\",");
            Add($"                    optimizer_name=\"AdamW\",");
            Add($"                    optimizer_kwargs={{{common}, \"weight_decay\": {Number(decay)}}},");
            Add($"                ),");
        }
        Add($"            ],");
        Add($"        ),");
        bool isCosine = _run.Schedule == RateShape.Cosine;
        string decayed = isCosine ? "None" : Number(Math.Round(_run.DecayTokens / _run.Tokens, 6));
        Add($"        lr_scheduler=LRSchedulersContainer.Config(");
        Add($"            warmup_steps={Number(Math.Round(_run.WarmupTokens / counted.StepTokens))},");
        Add($"            decay_ratio={decayed},");
        Add($"            decay_type=\"{(isCosine ? "cosine" : "linear")}\",");
        Add($"            min_lr_factor={Number(isCosine ? LearningRateSchedule.CosineEnd : 0)},");
        Add($"        ),");
    }

    private void AddLayout()
    {
        TrainingSetup layout = options.Layout;
        double microBatch = (double)_run.MicroBatchSequences * _run.Context;
        bool isPipelined = layout.PipelineParallel > 1;
        Add($"        training=TrainingConfig(");
        Add($"            num_tokens_per_microbatch_per_dp_rank={Number(microBatch)},");
        Add($"            num_tokens_per_train_step={Number(counted.StepTokens)},");
        Add($"            max_context_length={_run.Context},");
        Add($"            max_norm={Number(_run.Optimizer.Clip)},");
        Add($"            steps={Number(counted.Steps)},");
        Add($"            mixed_precision_param=\"{(layout.Precision == TrainingPrecision.Mixed ? "bfloat16" : "float32")}\",");
        // Neither pipelines nor experts that meet over the network can be captured.
        Add($"            disable_cuda_graphs={(isPipelined || layout.ExpertParallel > 1 ? "True" : "False")},");
        Add($"        ),");
        Add($"        parallelism=ParallelismConfig(");
        Add($"            data_parallel_replicate_degree={(layout.Zero == 0 ? layout.DataParallel : 1)},");
        Add($"            data_parallel_shard_degree={(layout.Zero == 0 ? 1 : layout.DataParallel)},");
        Add($"            fsdp_reshard_after_forward=\"{(layout.Zero == 3 ? "always" : "default")}\",");
        Add($"            tensor_parallel_degree={layout.TensorParallel},");
        Add($"            enable_sequence_parallel={(layout.SequenceParallel ? "True" : "False")},");
        Add($"            pipeline_parallel_degree={layout.PipelineParallel},");
        if (isPipelined)
        {
            double microBatches = _run.BatchSequences / ((double)_run.MicroBatchSequences * layout.DataParallel);
            Add($"            num_pp_microbatches={Number(microBatches)},");
        }
        Add($"            context_parallel_degree={options.ContextParallel},");
        Add($"            expert_parallel_degree={layout.ExpertParallel},");
        Add($"        ),");
    }

    private string Recomputed() =>
        options.Layout.Recomputation switch
        {
            Recomputation.None => "None",
            Recomputation.Selective => "SelectiveAC.Config()",
            _ => "FullAC.Config()",
        };

    private static string Given(string? value, string variable) => value is null ? $"os.environ[\"{variable}\"]" : Quoted(value);

    private static string Number(double value) => ScriptNumber.Of(value);

    private static string Quoted(string text) =>
        $"\"{Comment(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    // Text that ends neither a line nor a literal.
    private static string Comment(string text) => Shell.Comment(text).Replace("\"\"\"", "'''", StringComparison.Ordinal);

    private void Add(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private const string Imports = """

        import os
        from functools import partial

        import torch.nn as nn

        from torchtitan.components.checkpointer import CheckpointManager
        from torchtitan.components.data import (
            ConcatThenSplitPackingConfig,
            GrainDataLoader,
            HuggingFaceStreamingSource,
            SingleDatasetConfig,
        )
        from torchtitan.components.loss import ChunkedLossWrapper, CrossEntropyLoss
        from torchtitan.components.metrics import MetricsProcessor
        from torchtitan.components.optimizer import (
            LRSchedulersContainer,
            OptimizersContainer,
            ParamGroupConfig,
            register_moe_load_balancing_hook,
        )
        from torchtitan.config import DebugConfig, ParallelismConfig, TrainingConfig
        from torchtitan.distributed.activation_checkpoint import FullAC, SelectiveAC
        from torchtitan.distributed.pipeline_parallel import pipeline_llm
        from torchtitan.hf_datasets.text_datasets import TextProcessor
        from torchtitan.models.common import CosSinRoPE, Embedding, Linear
        from torchtitan.models.common.config_utils import (
            get_attention_config,
            make_ffn_config,
            make_gqa_config,
            make_moe_config,
            make_routed_experts_config,
            make_router_config,
        )
        from torchtitan.models.common.nn_modules import RMSNorm
        from torchtitan.models.common.param_init import skip_param_init
        from torchtitan.models.qwen3 import Qwen3Model, parallelize_qwen3
        from torchtitan.models.qwen3.model import Qwen3TransformerBlock
        from torchtitan.models.qwen3.state_dict_adapter import Qwen3StateDictAdapter
        from torchtitan.protocols.model_spec import ModelSpec
        from torchtitan.trainer import Trainer

        """;

    private const string Helpers = """

        LINEAR = {"weight": partial(nn.init.normal_, std=STD), "bias": nn.init.zeros_}
        # Of what is added to the stream, which sums up over blocks.
        OUTPUT = {"weight": partial(nn.init.normal_, std=STD / (2 * N_LAYERS) ** 0.5), "bias": nn.init.zeros_}


        def norm(width):
            return RMSNorm.Config(normalized_shape=width, eps=EPS, param_init={"weight": nn.init.ones_})


        def linear(inputs, outputs, init):
            return Linear.Config(in_features=inputs, out_features=outputs, param_init=init)


        def feed_forward(width):
            config = make_ffn_config(dim=DIM, hidden_dim=width, w1_param_init=LINEAR, w2w3_param_init=LINEAR)
            config.w2 = linear(width, DIM, OUTPUT)
            return config


        def text(files):
            source = HuggingFaceStreamingSource.Config(path="json", split="train", load_dataset_kwargs={"data_files": files})
            return SingleDatasetConfig(source=source, processor=TextProcessor.Config(), post_filters=(lambda sample: sample is not None,))

        """;
}
