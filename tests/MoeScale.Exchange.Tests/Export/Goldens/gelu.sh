#!/bin/bash
# GPT-2: 124M parameters, 10.0B tokens in steps of 512K.
# 1 GPU: 1 data x 1 tensor x 1 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# a tokenizer of Hugging Face, a name or a folder
: "${TOKENIZER:?is not set: a tokenizer of Hugging Face, a name or a folder}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/GPT-2}

ARGS=(
    # model
    --num-layers 12
    --hidden-size 768
    --ffn-hidden-size 3072
    --num-attention-heads 12
    --max-position-embeddings 1024
    --norm-epsilon 1e-05
    --padded-vocab-size 50257
    --kv-channels 64
    --normalization LayerNorm
    --position-embedding-type learned_absolute
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.011411
    # layout
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 1
    --context-parallel-size 1
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    # batch and length, in sequences
    --seq-length 1024
    --micro-batch-size 1
    --global-batch-size 500
    --train-samples 9765625
    # learning rate
    --lr 0.0006
    --min-lr 0
    --lr-decay-style WSD
    --lr-wsd-decay-style linear
    --lr-wsd-decay-samples 1953125
    --lr-decay-samples 9765625
    --lr-warmup-samples 97656
    # optimizer
    --optimizer adam
    --adam-beta1 0.9
    --adam-beta2 0.95
    --adam-eps 1e-08
    --weight-decay 0.1
    --clip-grad 1
    --seed 1234
    # data
    --data-path $DATA_PATH
    --split 99,1,0
    --tokenizer-type HuggingFaceTokenizer
    --tokenizer-model "$TOKENIZER"
    # checkpoints and logs
    --save "$CHECKPOINTS"
    --load "$CHECKPOINTS"
    --save-interval 1000
    --ckpt-format torch_dist
    --eval-interval 1000
    --eval-iters 10
    --log-interval 10
    --log-throughput
    --tensorboard-dir "$CHECKPOINTS/tensorboard"
)

torchrun --standalone --nproc-per-node 1 \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
