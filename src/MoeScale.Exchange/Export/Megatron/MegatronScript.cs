using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export.Megatron;

/// <summary>The script that runs Megatron-LM: by hand on each machine, or as a job of Slurm.</summary>
internal sealed class MegatronScript
{
    // Jobs beside each other on a machine meet at different ports.
    private const string Port = "$((20000 + SLURM_JOB_ID % 10000))";

    private readonly StringBuilder _text = new("#!/bin/bash\n");
    private readonly ExportSubject _subject;
    private readonly ExportOptions _options;

    private MegatronScript(ExportSubject subject, ExportOptions options) => (_subject, _options) = (subject, options);

    /// <summary>Machines that are needed.</summary>
    public static double Nodes(ExportOptions options) => Math.Ceiling(options.Ranks / options.GpusPerNode);

    /// <param name="subject">With its run.</param>
    /// <param name="options">With a layout that suits it.</param>
    /// <param name="variables">Of the environment: name, value where it is known, and what to set where it is not.</param>
    /// <param name="arguments">Of Megatron-LM.</param>
    public static string Write(
        ExportSubject subject,
        ExportOptions options,
        IReadOnlyList<(string Name, string? Value, string Meaning)> variables,
        MegatronArguments arguments
    )
    {
        MegatronScript script = new(subject, options);
        script.AddHead();
        script.AddVariables(variables);
        script.AddArguments(arguments);
        script.AddCall();
        return script._text.ToString();
    }

    private string Name => Shell.Word(_subject.Name);

    private double RanksPerNode => Math.Min(_options.Ranks, _options.GpusPerNode);

    private void AddHead()
    {
        if (_options.IsBatchScript)
        {
            Add($"#SBATCH --job-name={Name}");
            Add($"#SBATCH --nodes={Nodes(_options):0}");
            Add($"#SBATCH --ntasks-per-node=1");
            Add($"#SBATCH --gpus-per-node={RanksPerNode:0}");
            Add($"#SBATCH --exclusive");
            Add($"#SBATCH --output=%x-%j.out");
        }
        Census census = Census.Of(_subject.Model);
        RunConfiguration run = _subject.Run!;
        TrainingSetup layout = _options.Layout;
        string active = _subject.Model.IsDense ? "" : $" ({Quantity.FormatCount(census.ActiveParams)} active)";
        string total = Quantity.FormatCount(census.TotalParams);
        string step = Quantity.FormatCount((double)run.BatchSequences * run.Context);
        string ranks = $"{layout.DataParallel} data x {layout.TensorParallel} tensor x {layout.PipelineParallel} pipeline";
        Add($"# {Shell.Comment(_subject.Name)}: {total} parameters{active}, {Quantity.FormatCount(run.Tokens)} tokens in steps of {step}.");
        Add($"# {Plural.Of(_options.Ranks, "GPU")}: {ranks} x {_options.ContextParallel} context ranks.");
        Add($"# Written by MoeScale for Megatron-LM of core 0.20.");
        Add($"set -euo pipefail");
        Add($"");
    }

    private void AddVariables(IReadOnlyList<(string Name, string? Value, string Meaning)> variables)
    {
        foreach ((string name, string? value, string meaning) in variables)
        {
            Add($"# {meaning}");
            if (value is null)
            {
                Add($": \"${{{name}:?is not set: {meaning}}}\"");
            }
            else
            {
                Add($"{name}=${{{name}:-{Shell.Quoted(value)}}}");
            }
        }
        // What these ranks send each other is meant to overlap with one stream of kernels.
        if ((_options.Layout.TensorParallel > 1 || _options.ContextParallel > 1) && _options.Layout.Zero < 2)
        {
            Add($"export CUDA_DEVICE_MAX_CONNECTIONS=1");
        }
        Add($"");
    }

    private void AddArguments(MegatronArguments arguments)
    {
        Add($"ARGS=(");
        foreach ((string heading, List<string> lines) in arguments.Groups)
        {
            Add($"    # {heading}");
            foreach (string line in lines)
            {
                Add($"    {line}");
            }
        }
        Add($")");
        Add($"");
    }

    private void AddCall()
    {
        double nodes = Nodes(_options);
        string perNode = $"--nproc-per-node {RanksPerNode.ToString("0", CultureInfo.InvariantCulture)}";
        string rest = "\"$MEGATRON/pretrain_gpt.py\" \"${ARGS[@]}\" \"$@\"";
        if (_options.IsBatchScript)
        {
            Add($"# The first machine is where the others meet.");
            Add($"HEAD=$(scontrol show hostnames \"$SLURM_JOB_NODELIST\")");
            // A "head" that has read enough would end scontrol by a signal, and so this script.
            Add($"HEAD=${{HEAD%%$'\\n'*}}");
            Add($"# Since Slurm 22.05 a step gets the processors of its machine only where it asks for them.");
            Add($"srun --kill-on-bad-exit=1 --cpus-per-task=\"$SLURM_CPUS_ON_NODE\" torchrun \\");
            Add($"    --nnodes \"$SLURM_NNODES\" {perNode} \\");
            Add($"    --rdzv-id \"$SLURM_JOB_ID\" --rdzv-backend c10d --rdzv-endpoint \"$HEAD:{Port}\" \\");
            Add($"    {rest}");
        }
        else if (nodes > 1)
        {
            Add($"# On each machine: NODE_RANK from 0 to {nodes - 1:0}, and MASTER_ADDR the name of the first.");
            Add($": \"${{NODE_RANK:?is not set: the number of this machine, from 0 to {nodes - 1:0}}}\"");
            Add($": \"${{MASTER_ADDR:?is not set: the name of the first machine}}\"");
            Add($"torchrun --nnodes {nodes:0} {perNode} \\");
            Add($"    --node-rank \"$NODE_RANK\" --master-addr \"$MASTER_ADDR\" --master-port \"${{MASTER_PORT:-29500}}\" \\");
            Add($"    {rest}");
        }
        else
        {
            Add($"torchrun --standalone {perNode} \\");
            Add($"    {rest}");
        }
    }

    private void Add(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
