"""What torchtitan itself makes of a module that MoeScale exported, on a machine with neither PyTorch nor a GPU.

    python3 check_torchtitan.py CHECKOUT MODULE...

Each module is imported, and its `train()` builds torchtitan's own configuration, which refuses unknown names and values
that contradict each other. Packages that it imports are stand-ins. The parameters of the layers that are configured are
counted. A line of JSON is printed for each module.
"""

import dataclasses
import importlib.util
import json
import os
import sys

# Nothing is written beside the sources, here and in the checkout.
sys.dont_write_bytecode = True

import stand_ins  # noqa: E402

ABSENT = {"torchtitan", "wandb", "deep_ep", "torchft", "torchao", "torchcomms", "flash_attn_interface"}


def size(config):
    """Parameters of a configured layer, and of what is in it."""
    kind = type(config).__qualname__
    if kind.startswith("Linear.") or kind.endswith("Linear.Config") and hasattr(config, "in_features"):
        return config.in_features * config.out_features + (config.out_features if config.bias else 0)
    if kind == "Embedding.Config":
        return config.num_embeddings * config.embedding_dim
    if kind == "RMSNorm.Config":
        return config.normalized_shape
    if kind == "GroupedExperts.Config":
        return 3 * config.num_experts * config.dim * config.hidden_dim
    total = 0
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        parts = value if isinstance(value, list) else [value]
        # Queries and keys have a norm each; keys and values, where they are not fused, a matrix each.
        copies = 2 if field.name in ("qk_norm", "wkv") else 1
        total += copies * sum(size(p) for p in parts if dataclasses.is_dataclass(p))
    return total


def check(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path).removesuffix(".py"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config = module.train()
    model = config.model_spec.model
    # As its trainer does before it builds the model: heads, sequences and experts must suit the ranks.
    model.update_from_config(config=config)
    tied = model.vocab_size * model.dim if model.enable_weight_tying else 0
    # Tokens of a step over those of a micro-batch are whole, as the trainer asks for.
    parallel, training = config.parallelism, config.training
    ranks = parallel.data_parallel_replicate_degree * parallel.data_parallel_shard_degree
    together = training.num_tokens_per_microbatch_per_dp_rank * parallel.num_pp_microbatches * ranks
    assert training.num_tokens_per_train_step % together == 0, (training.num_tokens_per_train_step, together)
    return {
        "module": os.path.basename(path),
        "parameters": size(model) - tied,
        "layers": len(model.layers),
        "with_experts": sum(layer.moe is not None for layer in model.layers),
        "steps": training.steps,
        "tokens_per_step": training.num_tokens_per_train_step,
        "context": model.max_context_length,
    }


def main():
    checkout, modules = sys.argv[1], sys.argv[2:]
    stand_ins.install(os.path.abspath(checkout), ABSENT)
    os.environ.setdefault("DATA_PATH", "/data/*.jsonl")
    os.environ.setdefault("TOKENIZER", "/data/tokenizer")
    failed = False
    for module in modules:
        try:
            print(json.dumps(check(module)), flush=True)
        except Exception as e:
            failed = True
            print(json.dumps({"module": os.path.basename(module), "refused": f"{type(e).__name__}: {e}"}), flush=True)
            if os.environ.get("MOESCALE_DEBUG") == "1":
                raise
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
