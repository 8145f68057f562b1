#!/usr/bin/env python3
"""The peer of `moescale bench train`: PyTorch on the same GPT-2 shapes, random tokens, forward, backward and AdamW.

    train_torch.py S|M [--kind dense|switch|fine] [--threads 2] [--steps 15]

Experts are written as one usually writes them: a loop over the experts, each gathers its tokens and adds its outputs to theirs.

Prints JSON with the same names: tokens_per_second, gflops, step_seconds (median), fastest_seconds.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

SHAPES = {  # d_model, blocks, heads, vocabulary, context, sequences
    "S": (256, 4, 4, 256, 256, 16),
    "M": (512, 8, 8, 4096, 256, 8),
}


KINDS = {"dense": None, "switch": (8, 1), "fine": (32, 4)}  # experts, experts a token


class FeedForward(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.rise, self.fall = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.fall(F.gelu(self.rise(x)))


class Experts(nn.Module):
    """Dropless token choice; with several experts a token their weights are scaled to the sum 1."""

    def __init__(self, width, count, top_k):
        super().__init__()
        self.top_k = top_k
        self.router = nn.Linear(width, count, bias=False)
        self.experts = nn.ModuleList(FeedForward(width, 4 * width // top_k) for _ in range(count))

    def forward(self, x):
        flat = x.view(-1, x.shape[-1])
        logits = self.router(flat)
        probabilities = F.softmax(logits, dim=-1)
        weights, chosen = probabilities.topk(self.top_k, dim=-1)
        if self.top_k > 1:
            weights = weights / weights.sum(-1, keepdim=True)
        y = torch.zeros_like(flat)
        for number, expert in enumerate(self.experts):
            tokens, rank = torch.where(chosen == number)
            if tokens.numel() > 0:
                y.index_add_(0, tokens, expert(flat[tokens]) * weights[tokens, rank].unsqueeze(-1))
        count = len(self.experts)
        shares = torch.bincount(chosen.reshape(-1), minlength=count) / chosen.numel()
        self.losses = 0.01 * count * (shares * probabilities.mean(0)).sum() + 0.001 * logits.logsumexp(-1).square().mean()
        return y.view_as(x)


class Block(nn.Module):
    def __init__(self, width, heads, experts):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed_forward = FeedForward(width, 4 * width) if experts is None else Experts(width, *experts)

    def forward(self, x, mask):
        b, t, d = x.shape
        q, k, v = (part.view(b, t, self.heads, d // self.heads).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(d, dim=2))
        scores = (q @ k.transpose(-2, -1)) * (d // self.heads) ** -0.5
        mixed = F.softmax(scores.masked_fill(mask, float("-inf")), dim=-1) @ v
        x = x + self.output(mixed.transpose(1, 2).reshape(b, t, d))
        return x + self.feed_forward(self.norm2(x))


class Gpt2(nn.Module):
    def __init__(self, width, blocks, heads, vocabulary, context, experts):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads, experts) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.register_buffer("mask", torch.triu(torch.ones(context, context, dtype=torch.bool), 1))

    def forward(self, tokens, targets):
        x = self.tokens(tokens) + self.positions.weight
        for block in self.blocks:
            x = block(x, self.mask)
        logits = F.linear(self.norm(x), self.tokens.weight)
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))
        return loss + sum(block.feed_forward.losses for block in self.blocks if isinstance(block.feed_forward, Experts))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--kind", choices=KINDS, default="dense")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    width, blocks, heads, vocabulary, context, sequences = SHAPES[arguments.shape]
    model = Gpt2(width, blocks, heads, vocabulary, context, KINDS[arguments.kind])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
    seconds = []
    for step in range(-3, arguments.steps):
        tokens = torch.randint(0, vocabulary, (sequences, context))
        targets = torch.randint(0, vocabulary, (sequences, context))
        start = time.perf_counter()
        loss = model(tokens, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step >= 0:
            seconds.append(time.perf_counter() - start)
    count = sequences * context
    flops = 72 * blocks * width * width + 6 * width * vocabulary + 12 * blocks * width * context
    median = statistics.median(seconds)
    print(json.dumps({
        "shape": arguments.shape, "kind": arguments.kind, "threads": arguments.threads, "tokens_per_second": count / median,
        "gflops": flops * count / median / 1e9, "step_seconds": median, "fastest_seconds": min(seconds),
    }))


if __name__ == "__main__":
    main()
