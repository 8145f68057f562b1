"""What Megatron-LM itself makes of a script that MoeScale exported, on a machine with neither PyTorch nor a GPU.

    python3 check_megatron.py CHECKOUT SCRIPT...

Each script is run by bash, with `torchrun`, `srun` and `scontrol` that only write down what they are called with. These
options then go through Megatron-LM's own parser, its validate_args and its TransformerConfig, and its own report counts
parameters and bytes. Packages that it imports are stand-ins: every name of theirs exists, and does nothing.
A line of JSON is printed for each script.
"""


import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import types
import typing

# Packages that Megatron-LM does without: there is none of them. Of any other, whatever is imported is a stand-in.
ABSENT = {
    "transformer_engine", "transformer_engine_torch", "apex", "flashinfer", "flash_attn", "flash_mla", "amp_C",
    "nvidia_resiliency_ext", "multistorageclient", "wandb", "transformers", "tiktoken", "sentencepiece", "tensorboard",
    "nvidia_kitchen", "mamba_ssm", "causal_conv1d", "megatron",
}


class Anything:
    """A value of a package that is not there: it can be called, indexed, inherited from and decorated with."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        # As a decorator, it leaves what it decorates as it is.
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return self

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def __bool__(self):
        return False

    def __or__(self, other):
        return self

    __ror__ = __or__

    def __mro_entries__(self, bases):
        return (object,)


class Class(type(typing.Protocol)):
    """Of classes of a package that is not there: whatever they are asked for, they have."""

    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything()


class Number(tuple):
    """A version, as packaging has it: only compared."""

    def __new__(cls, text):
        return super().__new__(cls, tuple(int(n) for n in re.findall(r"\d+", str(text).split("+")[0])[:3]))

    @property
    def release(self):
        return tuple(self)

    @property
    def base_version(self):
        return ".".join(map(str, self))


CLASS_MEMBERS = {
    "__init__": lambda self, *args, **kwargs: None,
    "__init_subclass__": classmethod(lambda cls, **kwargs: None),
    "__class_getitem__": classmethod(lambda cls, key: cls),
}


class StandIn(types.ModuleType):
    __version__ = "2.8.0"

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if self.__name__ == "typing_extensions" and hasattr(typing, name):
            made = getattr(typing, name)
        elif name[:1].isupper():
            # A class: may be a base, an annotation, or asked for by isinstance.
            made = Class(name, (), dict(CLASS_MEMBERS))
        else:
            made = Anything()
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top in ABSENT or top in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def prepare(checkout):
    """Makes Megatron-LM importable."""
    sys.path[:] = [checkout] + [p for p in sys.path if "-packages" not in p]
    sys.meta_path.append(Finder())
    if not hasattr(typing, "override"):
        # Python 3.12 has it.
        typing.override = lambda method: method
    import packaging.version
    import torch

    packaging.version.Version = Number
    packaging.version.parse = Number
    torch.dtype = type("dtype", (), {})
    for name in ("float32", "float", "bfloat16", "float16", "half", "uint8", "int32", "int64", "bool", "float64"):
        setattr(torch, name, torch.dtype())
    torch.float, torch.half = torch.float32, torch.float16
    import torch.cuda

    torch.cuda.get_device_capability = lambda *a: (9, 0)
    torch.cuda.get_device_properties = lambda *a: types.SimpleNamespace(major=9, minor=0)
    torch.cuda.is_available = lambda: False
    torch.cuda.device_count = lambda: 0
    import torch.distributed

    torch.distributed.is_initialized = lambda: False
    torch.distributed.is_available = lambda: False
    torch.is_grad_enabled = lambda: True


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
    prepare(os.path.abspath(checkout))
    failed = False
    for script in scripts:
        try:
            print(json.dumps(check(script)), flush=True)
        except BaseException as e:  # noqa: B036: a parser that refuses exits
            failed = True
            print(json.dumps({"script": os.path.basename(script), "refused": f"{type(e).__name__}: {e}"}), flush=True)
            if os.environ.get("MOESCALE_DEBUG") == "1":
                raise
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
