#!/bin/bash
# tiny-run: 267K parameters (194K active), 1.02M tokens in steps of 2.05K.
# 2 GPUs: 2 data x 1 tensor x 1 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/tiny-run}

ARGS=(
    # model
    --num-layers 4
    --hidden-size 64
    --ffn-hidden-size 128
    --num-attention-heads 2
    --max-position-embeddings 128
    --rotary-base 10000
    --norm-epsilon 1e-05
    --padded-vocab-size 256
    --kv-channels 32
    --group-query-attention
    --num-query-groups 1
    --normalization RMSNorm
    --position-embedding-type rope
    --untie-embeddings-and-output-weights
    --swiglu
    --disable-bias-linear
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.039528
    # experts
    --num-experts 8
    --moe-router-topk 2
    --moe-ffn-hidden-size 64
    --moe-expert-capacity-factor 1.25
    --moe-token-drop-policy position
    --moe-shared-expert-intermediate-size 64
    --moe-layer-freq '([0]*1+([0]*1+[1])*1+[0]*1)'
    --moe-grouped-gemm
    --moe-token-dispatcher-type alltoall
    --moe-router-score-function softmax
    --moe-router-dtype fp32
    --moe-router-load-balancing-type aux_loss
    --moe-aux-loss-coeff 0.02
    --moe-z-loss-coeff 0.001
    # layout
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 1
    --context-parallel-size 1
    --expert-model-parallel-size 1
    --expert-tensor-parallel-size 1
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    # batch and length, in sequences
    --seq-length 128
    --micro-batch-size 8
    --global-batch-size 16
    --train-samples 8000
    # learning rate
    --lr 0.002
    --min-lr 0
    --lr-decay-style WSD
    --lr-wsd-decay-style linear
    --lr-wsd-decay-samples 1600
    --lr-decay-samples 8000
    --lr-warmup-samples 80
    # optimizer
    --optimizer adam
    --adam-beta1 0.9
    --adam-beta2 0.95
    --adam-eps 1e-08
    --weight-decay 0.1
    --clip-grad 1
    --seed 1237
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
    --save-interval 50
    --ckpt-format torch_dist
    --eval-interval 50
    --eval-iters 10
    --log-interval 10
    --log-throughput
    --tensorboard-dir "$CHECKPOINTS/tensorboard"
)

torchrun --standalone --nproc-per-node 2 \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
