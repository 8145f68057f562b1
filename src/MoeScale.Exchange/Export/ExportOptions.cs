using MoeScale.Models;

namespace MoeScale.Exchange.Export;

/// <summary>What is said of an export beside its subject.</summary>
public sealed record ExportOptions
{
    /// <summary>Ranks of training, and what they divide. Micro-batch and sequence are those of the subject's run.</summary>
    public TrainingSetup Layout { get; init; } = new();

    /// <summary>Ranks that divide a sequence for attention.</summary>
    public int ContextParallel { get; init; } = 1;

    /// <summary>Devices of one machine.</summary>
    public int GpusPerNode { get; init; } = 8;

    /// <summary>Where the tokens to train on are; null to be said when the export is used.</summary>
    public string? DataPath { get; init; }

    /// <summary>The tokenizer, as the target names it; null for the subject's, or to be said when the export is used.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Whether a script is written for Slurm.</summary>
    public bool IsBatchScript { get; init; }

    /// <summary>Devices in all.</summary>
    public double Ranks => (double)Layout.DataParallel * Layout.TensorParallel * Layout.PipelineParallel * ContextParallel;
}
