"""
Logits of small checkpoints of Hugging Face, by the formulas of the library transformers, built here again of PyTorch's own functions.

    python3 huggingface_logits.py FOLDER        reads FOLDER/NAME/config.json and its weights, writes FOLDER/huggingface.golden.safetensors

Names of tensors, their shapes and the keys of config.json are those of the library's classes: Llama, Mistral, Qwen2, GPT-2, Mixtral and
Glm4Moe, and of DeepSeek's own modeling_deepseek.py of its first models. A name that is missing fails, and so does one that is not used.
Everything is computed in double precision. Needs PyTorch 1.13 or later, and nothing else.
"""
import json
import math
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F

SEQUENCES, SEQUENCE = 2, 12


# The format of huggingface/safetensors: the length of a header, the header, and the bytes of the tensors.

def read(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    assert header.pop("__metadata__")["format"] == "pt"
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", name
        first, end = entry["data_offsets"]
        values = struct.unpack_from(f"<{(end - first) // 4}f", data, 8 + length + first)
        tensors[name] = torch.tensor(values, dtype=torch.float64).reshape(entry["shape"])
    return tensors


def write(path, tensors):
    header, body = {}, b""
    for name, tensor in tensors.items():
        values = tensor.reshape(-1).tolist()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + 4 * len(values)]}
        body += struct.pack(f"<{len(values)}f", *values)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def weights(folder):
    """All tensors, whether they are in one file or in several."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return read(folder / "model.safetensors")
    where = json.loads(index.read_text())["weight_map"]
    shards = {file: read(folder / file) for file in set(where.values())}
    return {name: shards[file].pop(name) for name, file in where.items()}


class Weights:
    """Tensors by name; it remembers which were asked for."""

    def __init__(self, tensors):
        self.tensors, self.asked = tensors, set()

    def __call__(self, name):
        self.asked.add(name)
        return self.tensors[name]

    def linear(self, x, name, bias):
        return F.linear(x, self(f"{name}.weight"), self(f"{name}.bias") if bias else None)


def activation(name):
    return {
        "silu": F.silu,
        "relu": F.relu,
        "gelu": F.gelu,
        "gelu_new": gelu_tanh,
        "gelu_pytorch_tanh": gelu_tanh,
    }[name]


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def rms_norm(x, gain, epsilon):
    return gain * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon))


def attend(q, k, v):
    """(sequences, heads, tokens, width); fewer heads of keys and values are repeated."""
    k, v = (t.repeat_interleave(q.shape[1] // k.shape[1], dim=1) for t in (k, v))
    scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(torch.ones(q.shape[2], q.shape[2]).triu(1).bool(), float("-inf"))
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def rotate(x, theta):
    """rotate_half: the halves of a head are the two parts of complex numbers."""
    width = x.shape[-1]
    frequencies = 1 / theta ** (torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(x.shape[2], dtype=torch.float64)[:, None] * frequencies
    cos, sin = (torch.cat((f(angles), f(angles)), -1) for f in (torch.cos, torch.sin))
    left, right = x[..., :width // 2], x[..., width // 2:]
    return x * cos + torch.cat((-right, left), -1) * sin


def gated(w, x, name, act, bias=False, parts=("gate_proj", "up_proj", "down_proj")):
    gate, up, down = (f"{name}.{part}" for part in parts)
    return w.linear(act(w.linear(x, gate, bias)) * w.linear(x, up, bias), down, bias)


def experts(w, x, name, chosen, factors, act, parts):
    y = torch.zeros_like(x)
    for e in range(w.experts):
        token, place = torch.where(chosen == e)
        y[token] += factors[token, place, None] * gated(w, x[token], f"{name}.{e}", act, parts=parts)
    return y


def mixtral(w, c, x, name, act):
    probabilities = F.linear(x, w(f"{name}.block_sparse_moe.gate.weight")).softmax(-1)
    factors, chosen = probabilities.topk(c["num_experts_per_tok"])
    factors = factors / factors.sum(-1, keepdim=True)
    return experts(w, x, f"{name}.block_sparse_moe.experts", chosen, factors, act, ("w1", "w3", "w2"))


def deepseek(w, c, x, name, act):
    """The first models: softmax, and the weights of those chosen scaled only where asked for."""
    assert c["scoring_func"] == "softmax"
    factors, chosen = F.linear(x, w(f"{name}.mlp.gate.weight")).softmax(-1).topk(c["num_experts_per_tok"])
    if c["num_experts_per_tok"] > 1 and c["norm_topk_prob"]:
        factors = factors / (factors.sum(-1, keepdim=True) + 1e-20)
    return experts(w, x, f"{name}.mlp.experts", chosen, factors, act, ("gate_proj", "up_proj", "down_proj"))


def glm(w, c, x, name, act):
    """Sigmoids, selected with a bias that is no part of the weights."""
    assert c["n_group"] == c["topk_group"] == 1
    scores = F.linear(x, w(f"{name}.mlp.gate.weight")).sigmoid()
    chosen = (scores + w(f"{name}.mlp.gate.e_score_correction_bias")).topk(c["num_experts_per_tok"]).indices
    factors = scores.gather(1, chosen)
    if c["norm_topk_prob"]:
        factors = factors / (factors.sum(-1, keepdim=True) + 1e-20)
    factors = factors * c["routed_scaling_factor"]
    return experts(w, x, f"{name}.mlp.experts", chosen, factors, act, ("gate_proj", "up_proj", "down_proj"))


def llama(w, c, tokens):
    kind, act = c["model_type"], activation(c["hidden_act"])
    heads, kv, width = c["num_attention_heads"], c["num_key_value_heads"], c.get("head_dim", c["hidden_size"] // c["num_attention_heads"])
    epsilon = c["rms_norm_eps"]
    assert c.get("sliding_window") in (None, 0) or c["sliding_window"] >= tokens.shape[1] or not c.get("use_sliding_window", True)
    assert c.get("partial_rotary_factor", 1) == 1 and not c.get("use_qk_norm", False)
    bias = kind == "qwen2" or c.get("attention_bias", False)
    output_bias = kind != "qwen2" and kind != "glm4_moe" and bias
    w.experts = c.get("num_local_experts", c.get("n_routed_experts", 0))
    router = {"mixtral": mixtral, "deepseek": deepseek, "glm4_moe": glm}.get(kind)
    x = w("model.embed_tokens.weight")[tokens]
    for i in range(c["num_hidden_layers"]):
        name = f"model.layers.{i}"
        y = rms_norm(x, w(f"{name}.input_layernorm.weight"), epsilon)
        q, k, v = (
            w.linear(y, f"{name}.self_attn.{part}_proj", bias).unflatten(2, (count, width)).transpose(1, 2)
            for part, count in (("q", heads), ("k", kv), ("v", kv))
        )
        y = attend(rotate(q, c["rope_theta"]), rotate(k, c["rope_theta"]), v)
        x = x + w.linear(y, f"{name}.self_attn.o_proj", output_bias)
        y = rms_norm(x, w(f"{name}.post_attention_layernorm.weight"), epsilon)
        if router is None or i < c.get("first_k_dense_replace", 0) or i % c.get("moe_layer_freq", 1) != 0:
            x = x + gated(w, y, f"{name}.mlp", act, c.get("mlp_bias", False))
            continue
        flat = y.flatten(0, 1)
        out = router(w, c, flat, name, act)
        if c.get("n_shared_experts"):
            out = out + gated(w, flat, f"{name}.mlp.shared_experts", act)
        x = x + out.view_as(x)
    x = rms_norm(x, w("model.norm.weight"), epsilon)
    return F.linear(x, w("model.embed_tokens.weight" if c["tie_word_embeddings"] else "lm_head.weight"))


def gpt2(w, c, tokens):
    """Its Conv1D multiplies with (in, out)."""
    d, act = c["n_embd"], activation(c["activation_function"])
    norm = lambda x, name: F.layer_norm(x, (d,), w(f"{name}.weight"), w(f"{name}.bias"), c["layer_norm_epsilon"])
    conv = lambda x, name: x @ w(f"{name}.weight") + w(f"{name}.bias")
    x = w("transformer.wte.weight")[tokens] + w("transformer.wpe.weight")[:tokens.shape[1]]
    for i in range(c["n_layer"]):
        name = f"transformer.h.{i}"
        q, k, v = (
            t.unflatten(2, (c["n_head"], d // c["n_head"])).transpose(1, 2)
            for t in conv(norm(x, f"{name}.ln_1"), f"{name}.attn.c_attn").split(d, dim=2)
        )
        x = x + conv(attend(q, k, v), f"{name}.attn.c_proj")
        x = x + conv(act(conv(norm(x, f"{name}.ln_2"), f"{name}.mlp.c_fc")), f"{name}.mlp.c_proj")
    x = norm(x, "transformer.ln_f")
    return F.linear(x, w("transformer.wte.weight" if c["tie_word_embeddings"] else "lm_head.weight"))


def logits(folder):
    c, w = json.loads((folder / "config.json").read_text()), Weights(weights(folder))
    numbers = torch.arange(SEQUENCES * SEQUENCE)
    tokens = ((numbers * numbers + 11 * numbers + 5) % c["vocab_size"]).view(SEQUENCES, SEQUENCE)
    result = (gpt2 if c["model_type"] == "gpt2" else llama)(w, c, tokens)
    assert w.asked == set(w.tensors), w.asked ^ set(w.tensors)
    return result


def main(folder):
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    names = sorted(p.parent.name for p in folder.glob("*/config.json"))
    write(folder / "huggingface.golden.safetensors", {name: logits(folder / name) for name in names})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
