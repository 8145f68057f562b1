"""
Golden values of PyTorch for small models, dense and with experts: losses, logits, gradients of all parameters, and ten steps of AdamW.

    python3 make_goldens.py FOLDER                  reads FOLDER/NAME.safetensors, writes FOLDER/NAME.golden.safetensors
    python3 make_goldens.py FOLDER --draw NAME ...  writes these models anew first
    python3 make_goldens.py FOLDER --batches        any models in FOLDER, with the tokens and the rates that stand beside their weights

The models are built here again, of PyTorch's own functions, from a checkpoint and the model file in its metadata. What is written is
computed in double precision, so that another build of PyTorch gives the same file; how far PyTorch itself is from that in single
precision is printed, and is the measure for everyone else. Needs PyTorch 1.13 or later, and nothing else.
"""
import json
import math
import pathlib
import random
import struct
import sys

import torch
import torch.nn.functional as F

SEQUENCES, SEQUENCE, STEPS = 3, 12, 10
BETAS, EPSILON, DECAY, CLIP = (0.9, 0.95), 1e-8, 0.1, 2.7

COMMON = dict(d_model=16, n_blocks=2, n_heads=2, n_kv_heads=2, head_dim=8, vocab_size=29)
MODELS = [
    dict(id="joint-2025", **COMMON, d_ff=48, context=12, activation="swiglu", norm="rmsnorm", positions="rope", biases="false", tied_embeddings="false"),
    dict(id="fine-grained-2024", **COMMON, d_ff=64, context=16, activation="relu", norm="layernorm", positions="learned", biases="false", tied_embeddings="false"),
    dict(id="gpt-2", **COMMON, d_ff=64, context=12, activation="gelu", norm="layernorm", positions="learned", biases="true", tied_embeddings="true"),
    dict(id="grouped-queries", **{**COMMON, "n_heads": 6, "head_dim": 4}, d_ff=40, context=20, activation="geglu", norm="rmsnorm", positions="rope",
         biases="[qkv, head]", tied_embeddings="false"),
]

# Coefficients of the routers' own losses are above the usual ones, so that their gradients stand out beside the others.
JOINT = dict(d_ff=24, context=12, activation="swiglu", norm="rmsnorm", positions="rope", biases="false", tied_embeddings="false")
GPT_2 = dict(d_ff=32, context=12, activation="gelu", norm="layernorm", positions="learned", biases="true", tied_embeddings="true")
MODELS += [
    dict(id="switch", **COMMON, **JOINT, expert_count=4, d_expert=12, top_k=1, router_weights="softmax", capacity_factor=1, balance_loss=0.1, router_z_loss=0.05),
    dict(id="fine-grained", **{**COMMON, "n_blocks": 1}, **{**GPT_2, "biases": "[qkv, attention_output, feed_forward, experts, router]"}, expert_count=8, d_expert=8,
         top_k=4, router_weights="softmax", balance_loss=0.1, router_z_loss=0.05),
    dict(id="selected-softmax", **{**COMMON, "n_blocks": 3}, **JOINT, expert_count=4, d_expert=8, top_k=2, leading_dense_blocks=1, moe_every=2,
         router_weights="selected_softmax", capacity_factor=1.1, balance_loss=0.2, router_z_loss=0.01),
    dict(id="balanced-by-bias", **{**COMMON, "n_blocks": 1}, **JOINT, expert_count=8, d_expert=8, top_k=3, d_shared=12, router_weights="selected_sigmoid",
         balance_loss=0.02, router_z_loss=0, balance_bias=0.03),
    dict(id="shared-experts", **{**COMMON, "n_blocks": 1}, **GPT_2, expert_count=4, d_expert=12, top_k=1, d_shared=20, norm_after_experts="true",
         router_weights="sigmoid", balance_loss=0.1, router_z_loss=0.02),
    dict(id="expert-choice", **COMMON, **{**GPT_2, "activation": "relu", "biases": "false", "tied_embeddings": "false"}, expert_count=3, d_expert=12, top_k=1,
         routing="expert_choice", routing_group=3, norm_after_experts="true"),
]


# The format of huggingface/safetensors: the length of a header, the header, and the bytes of the tensors.

def read(path):
    """Tensors in double precision, and the metadata."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", name
        first, end = entry["data_offsets"]
        values = struct.unpack_from(f"<{(end - first) // 4}f", data, 8 + length + first)
        tensors[name] = torch.tensor(values, dtype=torch.float64).reshape(entry["shape"])
    return tensors, metadata


def write(path, tensors, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().reshape(-1).tolist()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + 4 * len(values)]}
        body += struct.pack(f"<{len(values)}f", *values)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


# Models: a flat file of lines "key: value", as the trainer writes it.

def parse(text):
    return {key.strip(): value.strip().strip('"') for key, value in (line.split(":", 1) for line in text.splitlines() if line)}


def has_experts(m, block):
    """Dense blocks first, then one with experts at the end of each few."""
    after = block - int(m.get("leading_dense_blocks", 0))
    return "expert_count" in m and after >= 0 and (after + 1) % int(m.get("moe_every", 1)) == 0


def shapes(m):
    """Names and shapes of all parameters."""
    d, ff, heads, kv, width = (int(m[k]) for k in ("d_model", "d_ff", "n_heads", "n_kv_heads", "head_dim"))
    has_bias = lambda part: m["biases"] == "true" and part != "head" or part in m["biases"].strip("[]").split(", ")
    found = {"embedding.weight": (int(m["vocab_size"]), d)}
    if m["positions"] == "learned":
        found["positions.weight"] = (int(m["context"]), d)

    def linear(name, rows, columns, part):
        found[f"{name}.weight"] = (rows, columns)
        if has_bias(part):
            found[f"{name}.bias"] = (rows,)

    def norm(name):
        found[f"{name}.weight"] = (d,)
        if m["norm"] == "layernorm":
            found[f"{name}.bias"] = (d,)

    for i in range(int(m["n_blocks"])):
        norm(f"blocks.{i}.attention_norm")
        linear(f"blocks.{i}.attention.qkv", (heads + 2 * kv) * width, d, "qkv")
        linear(f"blocks.{i}.attention.output", d, heads * width, "attention_output")
        norm(f"blocks.{i}.feed_forward_norm")
        gated = 2 if m["activation"].endswith("glu") else 1
        if not has_experts(m, i):
            linear(f"blocks.{i}.feed_forward.input", gated * ff, d, "feed_forward")
            linear(f"blocks.{i}.feed_forward.output", d, ff, "feed_forward")
            continue
        experts, width_of_one, shared = int(m["expert_count"]), int(m["d_expert"]), int(m.get("d_shared", 0))
        found[f"blocks.{i}.router.weight"] = (experts, d)
        if "balance_bias" in m:
            found[f"blocks.{i}.router.balance_bias"] = (experts,)
        elif "router" in m["biases"]:
            found[f"blocks.{i}.router.bias"] = (experts,)
        for name, rows, columns in ("input", gated * width_of_one, d), ("output", d, width_of_one):
            found[f"blocks.{i}.experts.{name}.weight"] = (experts, rows, columns)
            if has_bias("experts"):
                found[f"blocks.{i}.experts.{name}.bias"] = (experts, rows)
        if shared > 0:
            linear(f"blocks.{i}.shared_experts.input", gated * shared, d, "shared_experts")
            linear(f"blocks.{i}.shared_experts.output", d, shared, "shared_experts")
        if m.get("norm_after_experts") == "true":
            norm(f"blocks.{i}.experts_norm")
    norm("norm")
    if m["tied_embeddings"] == "false":
        linear("head", int(m["vocab_size"]), d, "head")
    return found


def draw(m):
    """Weights wide enough for no part to be nearly linear; Python's generator gives the same numbers everywhere."""
    generator = random.Random(m["id"])
    tensors = {}
    for name, shape in shapes(m).items():
        middle, spread = (1, 0.3) if name.endswith("norm.weight") else (0, 1.2 / math.sqrt(shape[-1])) if name.endswith("weight") else (0, 0.0 if "balance" in name else 0.3)
        tensors[name] = torch.tensor([generator.gauss(middle, spread) for _ in range(math.prod(shape))], dtype=torch.float64).reshape(shape)
    return tensors


# The forward pass.

def norm(m, w, name, x):
    if m["norm"] == "layernorm":
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], eps=1e-5)
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * w[f"{name}.weight"]


def rotate(x):
    """(B, heads, T, width): channels i and i + width/2 are a complex number, turned by t·10000^(−2i/width)."""
    sequence, half = x.shape[-2], x.shape[-1] // 2
    angles = torch.arange(sequence, dtype=torch.float64)[:, None] * 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles).to(torch.complex64 if x.dtype == torch.float32 else torch.complex128)
    return torch.cat([turned.real, turned.imag], -1)


def attention(m, w, name, x):
    heads, kv, width = (int(m[k]) for k in ("n_heads", "n_kv_heads", "head_dim"))
    batch, sequence, _ = x.shape
    qkv = F.linear(x, w[f"{name}.qkv.weight"], w.get(f"{name}.qkv.bias"))
    q, k, v = (part.reshape(batch, sequence, -1, width).transpose(1, 2) for part in qkv.split([heads * width, kv * width, kv * width], -1))
    if m["positions"] == "rope":
        q, k = rotate(q), rotate(k)
    k, v = (part.repeat_interleave(heads // kv, dim=1) for part in (k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(width)
    scores = scores.masked_fill(torch.ones(sequence, sequence, dtype=torch.bool).triu(1), -math.inf)
    out = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, sequence, heads * width)
    return F.linear(out, w[f"{name}.output.weight"], w.get(f"{name}.output.bias"))


def feed_forward(m, w, name, x):
    x = F.linear(x, w[f"{name}.input.weight"], w.get(f"{name}.input.bias"))
    if m["activation"].endswith("glu"):
        gate, up = x.chunk(2, -1)
        x = (F.silu(gate) if m["activation"] == "swiglu" else F.gelu(gate)) * up
    else:
        x = F.relu(x) if m["activation"] == "relu" else F.gelu(x)
    return F.linear(x, w[f"{name}.output.weight"], w.get(f"{name}.output.bias"))


def experts(m, w, name, x, training):
    """The layer, expert by expert; its own losses, weighted; and the tokens that each expert was asked for."""
    batch, sequence, _ = x.shape
    count, top_k = int(m["expert_count"]), int(m["top_k"])
    flat = x.flatten(0, 1)
    scored = F.linear(flat, w[f"{name}.router.weight"], w.get(f"{name}.router.bias"))
    kind = m.get("router_weights", "softmax")
    scores = scored.sigmoid() if kind.endswith("sigmoid") else scored.softmax(-1)
    chosen = torch.zeros_like(scores)  # 1 where a token and an expert meet
    if m.get("routing") == "expert_choice":
        group = int(m["routing_group"])
        # (group, sequence of it, position, expert)
        taken = scores.reshape(batch // group, group, sequence, count).topk(group * top_k // count, dim=1).indices
        chosen = chosen.reshape(batch // group, group, sequence, count).scatter(1, taken, 1.0).reshape(-1, count)
        served, own = chosen, scored.new_zeros(())
    else:
        ranks = (scores + w.get(f"{name}.router.balance_bias", 0)).topk(top_k, dim=-1).indices
        chosen = chosen.scatter(1, ranks, 1.0)
        served = chosen.clone()
        if training and "capacity_factor" in m:
            room = [math.ceil(float(m["capacity_factor"]) * len(flat) * top_k / count - 1e-9)] * count
            for token, row in enumerate(ranks.tolist()):
                for expert in row:
                    room[expert] -= 1
                    if room[expert] < 0:
                        served[token, expert] = 0
        shares = chosen.sum(0) / chosen.sum()
        balance = count * (shares * (scores / scores.sum(-1, keepdim=True)).mean(0)).sum()
        own = float(m["balance_loss"]) * balance + float(m["router_z_loss"]) * scored.logsumexp(-1).pow(2).mean()
    weights = scores * chosen
    if kind.startswith("selected"):
        weights = weights / weights.sum(-1, keepdim=True)
    weights = weights * served
    y = torch.zeros_like(flat)
    for expert in range(count):
        one = {key[len(name) + 1:]: value[expert] for key, value in w.items() if key.startswith(f"{name}.experts.")}
        rows = served[:, expert].nonzero().flatten()
        y = y.index_add(0, rows, weights[rows, expert, None] * feed_forward(m, one, "experts", flat[rows]))
    if "d_shared" in m:
        y = y + feed_forward(m, w, f"{name}.shared_experts", flat)
    if m.get("norm_after_experts") == "true":
        y = norm(m, w, f"{name}.experts_norm", y)
    return y.reshape(x.shape), own, chosen.sum(0)


def logits(m, w, tokens, training=False):
    """And what routers add to the loss, and their loads by block."""
    own, loads = 0, {}
    x = F.embedding(tokens, w["embedding.weight"])
    if m["positions"] == "learned":
        x = x + w["positions.weight"][:tokens.shape[1]]
    for i in range(int(m["n_blocks"])):
        x = x + attention(m, w, f"blocks.{i}.attention", norm(m, w, f"blocks.{i}.attention_norm", x))
        normed = norm(m, w, f"blocks.{i}.feed_forward_norm", x)
        if has_experts(m, i):
            y, loss, loads[i] = experts(m, w, f"blocks.{i}", normed, training)
            x, own = x + y, own + loss
        else:
            x = x + feed_forward(m, w, f"blocks.{i}.feed_forward", normed)
    return F.linear(norm(m, w, "norm", x), w["embedding.weight"] if m["tied_embeddings"] == "true" else w["head.weight"], w.get("head.bias")), own, loads


def train(m, weights, tokens, rates, dtype):
    w = {name: value.detach().to(dtype, copy=True).requires_grad_("balance_bias" not in name) for name, value in weights.items()}
    learned = {name: p for name, p in w.items() if p.requires_grad}
    decays = lambda name: name.endswith("weight") and not name.endswith("norm.weight")
    optimizer = torch.optim.AdamW([dict(params=[p for name, p in learned.items() if decays(name)], weight_decay=DECAY),
                                   dict(params=[p for name, p in learned.items() if not decays(name)], weight_decay=0.0)], betas=BETAS, eps=EPSILON)
    result, losses, norms, biases = {}, [], [], []
    for step in range(len(tokens)):
        if step == 0:
            result["logits"] = logits(m, w, tokens[step, :, :-1])[0].detach()
        out, own, loads = logits(m, w, tokens[step, :, :-1], training=True)
        loss = F.cross_entropy(out.flatten(0, 1), tokens[step, :, 1:].flatten())
        optimizer.zero_grad()
        (loss + own).backward()
        if step == 0:
            result.update({f"gradient.{name}": p.grad.clone() for name, p in learned.items()})
        losses.append(loss.item())
        norms.append(torch.nn.utils.clip_grad_norm_(list(learned.values()), CLIP).item())
        for group in optimizer.param_groups:
            group["lr"] = rates[step].item()
        optimizer.step()
        if "balance_bias" in m:
            for block, load in loads.items():
                w[f"blocks.{block}.router.balance_bias"] += float(m["balance_bias"]) * torch.sign(load.mean() - load)
            biases.append(torch.cat([w[f"blocks.{block}.router.balance_bias"] for block in loads]).clone())
    result.update({f"after.{name}": p.detach() for name, p in learned.items()})
    if biases:
        result["biases"] = torch.stack(biases)
    return {"losses": torch.tensor(losses, dtype=torch.float64), "norms": torch.tensor(norms, dtype=torch.float64), **result}


def compare(folder):
    """One golden file for each model: its weights, tokens (steps, sequences, sequence + 1) and rates (steps) are one file."""
    for path in sorted(folder.glob("*.safetensors")):
        weights, metadata = read(path)
        tokens, rates, m = weights.pop("tokens").long(), weights.pop("rates"), parse(metadata["model"])
        assert {n: tuple(t.shape) for n, t in weights.items()} == shapes(m), path
        write(path.with_suffix(".golden.safetensors"), train(m, weights, tokens, rates, torch.float64), {"torch": torch.__version__})


def main(folder, new):
    for m in MODELS:
        if m["id"] in new:
            write(folder / f"{m['id']}.safetensors", draw(m), {"model": "".join(f"{key}: {value}\n" for key, value in m.items())})
    for name in (m["id"] for m in MODELS):
        weights, metadata = read(folder / f"{name}.safetensors")
        m = parse(metadata["model"])
        assert {n: tuple(t.shape) for n, t in weights.items()} == shapes(m), name
        generator = random.Random("tokens")
        tokens = torch.tensor([[[generator.randrange(int(m["vocab_size"])) for _ in range(SEQUENCE + 1)] for _ in range(SEQUENCES)] for _ in range(STEPS)])
        rates = torch.tensor([2e-3 * min(1, (step + 1) / 4) for step in range(STEPS)], dtype=torch.float64)
        golden, single = (train(m, weights, tokens, rates, dtype) for dtype in (torch.float64, torch.float32))
        write(folder / f"{name}.golden.safetensors", {"tokens": tokens.double(), "rates": rates, **golden}, {"torch": torch.__version__})
        off = {}
        for key, value in golden.items():
            kind = key.split(".")[0]
            off[kind] = max(off.get(kind, 0), ((single[key] - value).abs().max() / value.abs().max()).item())
        print(f"{name}: PyTorch {torch.__version__} in single precision is off by", ", ".join(f"{key} {value:.1e}" for key, value in off.items()))


if __name__ == "__main__":
    if sys.argv[2:] == ["--batches"]:
        compare(pathlib.Path(sys.argv[1]))
    else:
        main(pathlib.Path(sys.argv[1]), sys.argv[3:])
