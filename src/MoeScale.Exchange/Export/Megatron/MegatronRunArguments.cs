using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export.Megatron;

/// <summary>
/// How a model is trained, as options of Megatron-LM. All that changes with the text seen is told in sequences, its samples.
/// </summary>
internal sealed class MegatronRunArguments(EngineRun counted, ExportOptions options)
{
    // Held out for validation, of a hundred.
    private const string Split = "99,1,0";
    private const int Iterations = 10;

    // A process gives up where others wait so long for it, as at the first step.
    private const int TimeoutMinutes = 60;

    // Its own random numbers begin above zero.
    private const double FirstSeed = 1234;

    private readonly RunConfiguration _run = counted.Run;

    public void Write(MegatronArguments arguments)
    {
        WriteLayout(arguments, counted.Model);
        WriteBatch(arguments);
        WriteRate(arguments);
        arguments.Begin("optimizer");
        arguments.Add("optimizer", "adam");
        arguments.Add("adam_beta1", _run.Optimizer.Beta1);
        arguments.Add("adam_beta2", _run.Optimizer.Beta2);
        arguments.Add("adam_eps", _run.Optimizer.Epsilon);
        arguments.Add("weight_decay", _run.Optimizer.WeightDecay);
        arguments.Add("clip_grad", _run.Optimizer.Clip);
        arguments.Add("seed", FirstSeed + _run.Seed);
        WritePrecision(arguments);
    }

    /// <param name="arguments">Added to.</param>
    /// <param name="tokenizer">A name of Hugging Face as the shell reads it; null for text that is tokens already.</param>
    /// <param name="vocabulary">Ids of the tokenizer where it has no name.</param>
    public void WriteData(MegatronArguments arguments, string? tokenizer, double vocabulary)
    {
        arguments.Begin("data");
        // Weights and names, parted by blanks.
        arguments.AddRaw("data_path", "$DATA_PATH");
        arguments.Add("split", Split);
        if (tokenizer is null)
        {
            arguments.Add("tokenizer_type", "NullTokenizer");
            arguments.Add("vocab_size", vocabulary);
        }
        else
        {
            arguments.Add("tokenizer_type", "HuggingFaceTokenizer");
            arguments.AddRaw("tokenizer_model", tokenizer);
        }
        arguments.Begin("checkpoints and logs");
        arguments.AddRaw("save", "\"$CHECKPOINTS\"");
        arguments.AddRaw("load", "\"$CHECKPOINTS\"");
        arguments.Add("save_interval", counted.SaveInterval);
        arguments.Add("ckpt_format", options.Layout.Zero > 1 ? "fsdp_dtensor" : "torch_dist");
        arguments.Add("eval_interval", counted.SaveInterval);
        arguments.Add("eval_iters", Iterations);
        arguments.Add("log_interval", counted.LogInterval);
        arguments.Add("log_throughput");
        arguments.AddRaw("tensorboard_dir", "\"$CHECKPOINTS/tensorboard\"");
    }

    private void WriteLayout(MegatronArguments arguments, Model model)
    {
        TrainingSetup layout = options.Layout;
        arguments.Begin("layout");
        arguments.Add("tensor_model_parallel_size", layout.TensorParallel);
        arguments.AddIf(layout.TensorParallel > 1 && layout.SequenceParallel, "sequence_parallel");
        arguments.Add("pipeline_model_parallel_size", layout.PipelineParallel);
        arguments.Add("context_parallel_size", options.ContextParallel);
        // Where nothing is said, each stage has as many.
        IReadOnlyList<int> stages = layout.BlocksPerStage(model);
        if (stages.Distinct().Skip(1).Any())
        {
            arguments.Add("pipeline_model_parallel_layout", Stages(stages, model.PredictionModules));
        }
        if (!model.IsDense)
        {
            arguments.Add("expert_model_parallel_size", layout.ExpertParallel);
            arguments.Add("expert_tensor_parallel_size", layout.ExpertTensorRanks);
        }
        if (layout.Zero > 1)
        {
            arguments.Add("use_megatron_fsdp");
            arguments.Add("data_parallel_sharding_strategy", layout.Zero == 2 ? "optim_grads" : "optim_grads_params");
        }
        arguments.AddIf(layout.Zero > 0, "use_distributed_optimizer");
        arguments.Add("overlap_grad_reduce");
        arguments.AddIf(layout.Zero > 0, "overlap_param_gather");
        arguments.Add("distributed_timeout_minutes", TimeoutMinutes);
        switch (layout.Recomputation)
        {
            case Recomputation.Selective:
                arguments.Add("recompute_granularity", "selective");
                break;
            case Recomputation.Full:
                arguments.Add("recompute_granularity", "full");
                arguments.Add("recompute_method", "uniform");
                arguments.Add("recompute_num_layers", 1);
                break;
        }
    }

    // "Et*4|t*4|t*3mL": the embedding, blocks, prediction modules and the loss.
    private static string Stages(IReadOnlyList<int> blocks, double predictionModules)
    {
        string text = string.Join('|', blocks.Select(b => FormattableString.Invariant($"t*{b}")));
        return $"E{text}{new string('m', (int)predictionModules)}L";
    }

    private void WriteBatch(MegatronArguments arguments)
    {
        arguments.Begin("batch and length, in sequences");
        arguments.Add("seq_length", _run.Context);
        arguments.Add("micro_batch_size", _run.MicroBatchSequences);
        if (_run.RampTokens > 0)
        {
            BatchRamp ramp = new(_run.BatchSequences, _run.RampTokens);
            string[] sizes = [.. ramp.Sizes.Select(s => FormattableString.Invariant($"{s.Tokens}:{s.Sequences}"))];
            arguments.Add("step_batch_size_schedule", string.Join(' ', sizes));
        }
        else
        {
            arguments.Add("global_batch_size", _run.BatchSequences);
        }
        arguments.Add("train_samples", counted.Sequences);
    }

    private void WriteRate(MegatronArguments arguments)
    {
        arguments.Begin("learning rate");
        arguments.Add("lr", _run.LearningRate);
        bool isCosine = _run.Schedule == RateShape.Cosine;
        arguments.Add("min_lr", isCosine ? LearningRateSchedule.CosineEnd * _run.LearningRate : 0);
        double decay = Math.Round(_run.DecayTokens / _run.Context);
        arguments.Add(
            "lr_decay_style",
            isCosine ? "cosine"
                : decay > 0 ? "WSD"
                : "constant"
        );
        if (!isCosine && decay > 0)
        {
            arguments.Add("lr_wsd_decay_style", "linear");
            arguments.Add("lr_wsd_decay_samples", decay);
        }
        arguments.Add("lr_decay_samples", counted.Sequences);
        arguments.Add("lr_warmup_samples", Math.Round(_run.WarmupTokens / _run.Context));
    }

    private void WritePrecision(MegatronArguments arguments)
    {
        if (options.Layout.Precision != TrainingPrecision.Mixed)
        {
            return;
        }
        arguments.Begin("precision");
        arguments.Add("bf16");
        arguments.Add("attention_softmax_in_fp32");
        arguments.Add("accumulate_allreduce_grads_in_fp32");
    }
}
