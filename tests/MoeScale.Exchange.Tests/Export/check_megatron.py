"""What Megatron-LM itself makes of a script that MoeScale exported, on a machine with neither PyTorch nor a GPU.

    python3 check_megatron.py CHECKOUT SCRIPT...

Each script is run by bash, with `torchrun`, `srun` and `scontrol` that only write down what they are called with. These
options then go through Megatron-LM's own parser, its validate_args and its TransformerConfig, and its own report counts
parameters and bytes. Packages that it imports are stand-ins. A line of JSON is printed for each script.
"""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

# Nothing is written beside the sources, here and in the checkout.
sys.dont_write_bytecode = True

import stand_ins  # noqa: E402

# Megatron-LM does without them, and knows others by their absence.
ABSENT = {
    "transformer_engine", "transformer_engine_torch", "apex", "flashinfer", "flash_attn", "flash_mla", "amp_C",
    "nvidia_resiliency_ext", "multistorageclient", "wandb", "transformers", "tiktoken", "sentencepiece", "tensorboard",
    "nvidia_kitchen", "mamba_ssm", "causal_conv1d", "megatron",
}

SHIM = """#!/bin/bash
case "$(basename "$0")" in
  scontrol) echo node1 ;;
  srun) while [[ "$1" == -* ]]; do shift; done; exec "$@" ;;
  torchrun) env -0 > "$CALLS/environment"; printf '%s\\0' "$@" > "$CALLS/words" ;;
esac
"""


def call_of(script):
    """The words that a script gives to torchrun, and its environment."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("torchrun", "srun", "scontrol"):
            path = os.path.join(folder, name)
            with open(path, "w") as shim:
                shim.write(SHIM)
            os.chmod(path, 0o755)
        nodes = re.search(r"--nodes=(\d+)", open(script).read())
        environment = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "CALLS": folder,
            "MEGATRON": "/megatron",
            "DATA_PATH": "0.5 /data/a 0.5 /data/b",
            "TOKENIZER": "gpt2",
            "NODE_RANK": "0",
            "MASTER_ADDR": "node1",
            "SLURM_JOB_ID": "12345",
            "SLURM_JOB_NODELIST": "node[1-9]",
            "SLURM_NNODES": nodes.group(1) if nodes else "1",
            "SLURM_CPUS_ON_NODE": "96",
        }
        subprocess.run(["bash", script], env=environment, check=True, stdout=subprocess.DEVNULL)
        words = open(os.path.join(folder, "words")).read().split("\0")[:-1]
        pairs = [v.partition("=") for v in open(os.path.join(folder, "environment")).read().split("\0") if v]
        return words, {name: value for name, _, value in pairs}


def check(script):
    words, environment = call_of(script)
    program = next(i for i, w in enumerate(words) if w.endswith("pretrain_gpt.py"))
    launcher = words[:program]

    def option(name):
        return int(launcher[launcher.index(name) + 1]) if name in launcher else 1

    os.environ["WORLD_SIZE"] = str(option("--nnodes") * option("--nproc-per-node"))
    os.environ["RANK"] = "0"
    os.environ.pop("CUDA_DEVICE_MAX_CONNECTIONS", None)
    if "CUDA_DEVICE_MAX_CONNECTIONS" in environment:
        os.environ["CUDA_DEVICE_MAX_CONNECTIONS"] = environment["CUDA_DEVICE_MAX_CONNECTIONS"]
    sys.argv = words[program:]

    from megatron.core.models.common.embeddings import rope_utils
    from megatron.training import theoretical_memory_usage
    from megatron.training.argument_utils import core_transformer_config_from_args
    from megatron.training.arguments import parse_args, validate_args

    # Of Transformer Engine, which every machine that trains has.
    rope_utils.fused_apply_rotary_pos_emb = rope_utils.fused_apply_rotary_pos_emb_thd = print
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        args = parse_args()
        validate_args(args)
        config = core_transformer_config_from_args(args)
    report = io.StringIO()
    with contextlib.redirect_stdout(report):
        weights = theoretical_memory_usage.compute_weight_and_optimizer_memory(args, verbose=True)
    # The report rounds to two digits of billions: what it rounds, is taken where it is computed.
    counts = exact_counts(theoretical_memory_usage.compute_weight_and_optimizer_memory, args)
    return {
        "script": os.path.basename(script),
        "world_size": args.world_size,
        "data_parallel_size": args.data_parallel_size,
        "global_batch_size": args.global_batch_size,
        "train_samples": args.train_samples,
        "parameters": counts["num_total_parameters"],
        "active": counts["num_active_parameters"],
        "weights_and_optimizer_bytes": weights,
        "layers": config.num_layers,
        "experts": config.num_moe_experts,
    }


def exact_counts(function, args):
    """Local variables of a function at its end."""
    found = {}

    def trace(frame, event, _):
        if frame.f_code is function.__code__:
            def inside(frame, event, _):
                if event == "return":
                    found.update(frame.f_locals)
                return inside
            return inside
        return None

    sys.settrace(trace)
    try:
        function(args)
    finally:
        sys.settrace(None)
    return {name: value for name, value in found.items() if isinstance(value, (int, float))}


def main():
    checkout, scripts = sys.argv[1], sys.argv[2:]
    stand_ins.install(os.path.abspath(checkout), ABSENT)
    # What Megatron-LM prints and logs is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    failed = False
    for script in scripts:
        try:
            print(json.dumps(check(script)), file=answers, flush=True)
        except BaseException as e:  # noqa: B036: a parser that refuses exits
            failed = True
            print(json.dumps({"script": os.path.basename(script), "refused": f"{type(e).__name__}: {e}"}), file=answers, flush=True)
            if os.environ.get("MOESCALE_DEBUG") == "1":
                raise
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
