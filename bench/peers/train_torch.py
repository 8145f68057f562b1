#!/usr/bin/env python3
"""The peer of `moescale bench train`: PyTorch on the same dense GPT-2 shapes, random tokens, forward, backward and AdamW.

    train_torch.py S|M [--threads 2] [--steps 15]

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


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.rise, self.fall = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        b, t, d = x.shape
        q, k, v = (part.view(b, t, self.heads, d // self.heads).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(d, dim=2))
        scores = (q @ k.transpose(-2, -1)) * (d // self.heads) ** -0.5
        mixed = F.softmax(scores.masked_fill(mask, float("-inf")), dim=-1) @ v
        x = x + self.output(mixed.transpose(1, 2).reshape(b, t, d))
        return x + self.fall(F.gelu(self.rise(self.norm2(x))))


class Gpt2(nn.Module):
    def __init__(self, width, blocks, heads, vocabulary, context):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.register_buffer("mask", torch.triu(torch.ones(context, context, dtype=torch.bool), 1))

    def forward(self, tokens, targets):
        x = self.tokens(tokens) + self.positions.weight
        for block in self.blocks:
            x = block(x, self.mask)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    width, blocks, heads, vocabulary, context, sequences = SHAPES[arguments.shape]
    model = Gpt2(width, blocks, heads, vocabulary, context)
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
        "shape": arguments.shape, "threads": arguments.threads, "tokens_per_second": count / median,
        "gflops": flops * count / median / 1e9, "step_seconds": median, "fastest_seconds": min(seconds),
    }))


if __name__ == "__main__":
    main()
