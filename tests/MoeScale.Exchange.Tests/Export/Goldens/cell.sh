#!/bin/bash
# d32-200K: 43.0K parameters, 200K tokens in steps of 1.02K.
# 1 GPU: 1 data x 1 tensor x 1 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/d32-200K}

ARGS=(
    # model
    --num-layers 2
    --hidden-size 32
    --ffn-hidden-size 96
    --num-attention-heads 2
    --max-position-embeddings 64
    --rotary-base 10000
    --norm-epsilon 1e-05
    --padded-vocab-size 256
    --kv-channels 16
    --normalization RMSNorm
    --position-embedding-type rope
    --untie-embeddings-and-output-weights
    --swiglu
    --disable-bias-linear
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.055902
    # layout
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 1
    --context-parallel-size 1
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    # batch and length, in sequences
    --seq-length 64
    --micro-batch-size 16
    --global-batch-size 16
    --train-samples 3125
    # learning rate
    --lr 0.004
    --min-lr 0
    --lr-decay-style WSD
    --lr-wsd-decay-style linear
    --lr-wsd-decay-samples 625
    --lr-decay-samples 3125
    --lr-warmup-samples 62
    # optimizer
    --optimizer adam
    --adam-beta1 0.9
    --adam-beta2 0.95
    --adam-eps 1e-08
    --weight-decay 0.1
    --clip-grad 1
    --seed 1234
    # precision
    --bf16
    --attention-softmax-in-fp32
    --accumulate-allreduce-grads-in-fp32
    # data
    --data-path $DATA_PATH
    --split 99,1,0
    --tokenizer-type NullTokenizer
    --vocab-size 256
    # checkpoints and logs
    --save "$CHECKPOINTS"
    --load "$CHECKPOINTS"
    --save-interval 19
    --ckpt-format torch_dist
    --eval-interval 19
    --eval-iters 10
    --log-interval 10
    --log-throughput
    --tensorboard-dir "$CHECKPOINTS/tensorboard"
)

torchrun --standalone --nproc-per-node 1 \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
