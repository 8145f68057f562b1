namespace MoeScale.Exchange.Logs;

/// <summary>
/// Columns of imported runs, by the names that all formats share. What a format calls otherwise stays under its own name.
/// </summary>
public static class Columns
{
    /// <summary>Training loss in nats per token: the mean since the last report, as most programs print it.</summary>
    public const string Loss = "loss";

    /// <summary>Loss on held-out text, in nats per token.</summary>
    public const string ValidationLoss = "validation_loss";

    /// <summary>Trained on so far.</summary>
    public const string Tokens = "tokens";

    /// <summary>Sequences trained on so far, where a log does not say how long they are.</summary>
    public const string Samples = "samples";

    /// <summary>Sequences of a step, over all devices.</summary>
    public const string BatchSamples = "batch_samples";

    /// <summary>Tokens of a step, over all devices.</summary>
    public const string BatchTokens = "batch_tokens";

    public const string LearningRate = "learning_rate";

    public const string GradientNorm = "grad_norm";

    /// <summary>Of one step.</summary>
    public const string StepSeconds = "step_seconds";

    /// <summary>Of the whole run so far.</summary>
    public const string Seconds = "seconds";

    /// <summary>Over all devices.</summary>
    public const string TokensPerSecond = "tokens_per_second";

    /// <summary>Of one device.</summary>
    public const string DeviceTokensPerSecond = "device_tokens_per_second";

    /// <summary>Of one device, as its program counts them.</summary>
    public const string DeviceFlopsPerSecond = "device_flops_per_second";

    /// <summary>Share of the peak of the devices, from 0 to 1, as its program counts it.</summary>
    public const string Mfu = "mfu";

    /// <summary>Of training so far.</summary>
    public const string TrainFlops = "train_flops";

    /// <summary>As the program counts them: most leave nothing out, some the embeddings.</summary>
    public const string ParameterCount = "parameter_count";

    /// <summary>Steps left out since the last report, because a gradient was not finite.</summary>
    public const string SkippedSteps = "skipped_steps";

    /// <summary>Steps since the last report whose loss was no number.</summary>
    public const string NanSteps = "nan_steps";
}
