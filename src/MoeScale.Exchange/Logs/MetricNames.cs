using System.Text.RegularExpressions;

namespace MoeScale.Exchange.Logs;

/// <summary>
/// What trainers call the columns that all formats share, with the factor to the units of those. For tables and event files, whose names
/// are the trainer's and not the format's.
/// </summary>
internal static partial class MetricNames
{
    private static readonly Dictionary<string, (string Column, double Factor)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        // Megatron-LM's tags; a log's line has blanks where they have dashes.
        ["lm loss"] = (Columns.Loss, 1),
        ["lm loss validation"] = (Columns.ValidationLoss, 1),
        ["learning-rate"] = (Columns.LearningRate, 1),
        ["batch-size"] = (Columns.BatchSamples, 1),
        ["grad-norm"] = (Columns.GradientNorm, 1),
        ["iteration-time"] = (Columns.StepSeconds, 1),
        // torchtitan.
        ["loss_metrics/global_avg_loss"] = (Columns.Loss, 1),
        ["validation_metrics/loss"] = (Columns.ValidationLoss, 1),
        ["throughput(tps)"] = (Columns.DeviceTokensPerSecond, 1),
        ["tflops"] = (Columns.DeviceFlopsPerSecond, 1e12),
        ["mfu(%)"] = (Columns.Mfu, 0.01),
        // OLMo-core, and its ladder in W&B.
        ["train/CE loss"] = (Columns.Loss, 1),
        ["train/CrossEntropyLoss"] = (Columns.Loss, 1),
        ["throughput/total tokens"] = (Columns.Tokens, 1),
        ["throughput/total_tokens"] = (Columns.Tokens, 1),
        ["throughput/device/TPS"] = (Columns.DeviceTokensPerSecond, 1),
        ["throughput/device/tokens_per_second"] = (Columns.DeviceTokensPerSecond, 1),
        ["throughput/device/MFU"] = (Columns.Mfu, 0.01),
        ["optim/total grad norm"] = (Columns.GradientNorm, 1),
        ["optim/LR (group 0)"] = (Columns.LearningRate, 1),
        ["optim/learning_rate_group0"] = (Columns.LearningRate, 1),
        // Levanter.
        ["throughput/total_gflops"] = (Columns.TrainFlops, 1e9),
        ["throughput/tokens_per_second"] = (Columns.TokensPerSecond, 1),
        ["throughput/mfu"] = (Columns.Mfu, 0.01),
        ["trainer.train_batch_size"] = (Columns.BatchSamples, 1),
        ["optimizer.learning_rate"] = (Columns.LearningRate, 1),
        ["optim/learning_rate"] = (Columns.LearningRate, 1),
        // Transformers, and what people write themselves.
        ["train/loss"] = (Columns.Loss, 1),
        ["train_loss"] = (Columns.Loss, 1),
        ["loss/train"] = (Columns.Loss, 1),
        ["loss"] = (Columns.Loss, 1),
        ["eval/loss"] = (Columns.ValidationLoss, 1),
        ["eval_loss"] = (Columns.ValidationLoss, 1),
        ["val/loss"] = (Columns.ValidationLoss, 1),
        ["val_loss"] = (Columns.ValidationLoss, 1),
        ["validation/loss"] = (Columns.ValidationLoss, 1),
        ["validation_loss"] = (Columns.ValidationLoss, 1),
        ["train/learning_rate"] = (Columns.LearningRate, 1),
        ["learning_rate"] = (Columns.LearningRate, 1),
        ["lr"] = (Columns.LearningRate, 1),
        ["train/grad_norm"] = (Columns.GradientNorm, 1),
        ["grad_norm"] = (Columns.GradientNorm, 1),
        ["train/num_input_tokens_seen"] = (Columns.Tokens, 1),
        ["num_input_tokens_seen"] = (Columns.Tokens, 1),
        ["total_tokens"] = (Columns.Tokens, 1),
        ["tokens_seen"] = (Columns.Tokens, 1),
        ["tokens"] = (Columns.Tokens, 1),
        ["train/total_flos"] = (Columns.TrainFlops, 1),
        ["total_flos"] = (Columns.TrainFlops, 1),
        ["total_flops"] = (Columns.TrainFlops, 1),
        ["train_flops"] = (Columns.TrainFlops, 1),
        ["train_runtime"] = (Columns.Seconds, 1),
        ["_runtime"] = (Columns.Seconds, 1),
        ["parameter_count"] = (Columns.ParameterCount, 1),
        ["num_parameters"] = (Columns.ParameterCount, 1),
        ["num_params"] = (Columns.ParameterCount, 1),
    };

    /// <summary>
    /// The shared column that a name stands for, and what its values are multiplied by; the name itself where it is none.
    /// </summary>
    public static (string Column, double Factor) Of(string name) =>
        Known.TryGetValue(name.Trim(), out (string, double) known) ? known : (Own(name), 1);

    /// <summary>A name as a column: what a table's reader cannot take in a bare name becomes "_".</summary>
    public static string Own(string name) => Foreign().Replace(name.Trim(), "_").Trim('_') is { Length: > 0 } own ? own : "unnamed";

    [GeneratedRegex(@"[^\p{L}\p{N}_]+")]
    private static partial Regex Foreign();
}
