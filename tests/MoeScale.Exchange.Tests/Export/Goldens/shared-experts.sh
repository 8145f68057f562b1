#!/bin/bash
# deepseek-moe-16b-base: 16.4B parameters (2.83B active), 2.00T tokens in steps of 18.0M.
# 8 GPUs: 8 data x 1 tensor x 1 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# a tokenizer of Hugging Face, a name or a folder
: "${TOKENIZER:?is not set: a tokenizer of Hugging Face, a name or a folder}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/deepseek-moe-16b-base}

ARGS=(
    # model
    --num-layers 28
    --hidden-size 2048
    --ffn-hidden-size 10944
    --num-attention-heads 16
    --max-position-embeddings 4096
    --rotary-base 10000
    --norm-epsilon 1e-06
    --padded-vocab-size 102400
    --kv-channels 128
    --normalization RMSNorm
    --position-embedding-type rope
    --untie-embeddings-and-output-weights
    --swiglu
    --disable-bias-linear
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.006988
    # experts
    --num-experts 64
    --moe-router-topk 6
    --moe-ffn-hidden-size 1408
    --moe-shared-expert-intermediate-size 2816
    --moe-layer-freq '([0]*1+[1]*27)'
    --moe-grouped-gemm
    --moe-token-dispatcher-type alltoall
    --moe-router-score-function softmax
    --moe-router-pre-softmax
    --moe-router-dtype fp32
    --moe-router-load-balancing-type aux_loss
    --moe-aux-loss-coeff 0.01
    --moe-z-loss-coeff 0.001
    # layout
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 1
    --context-parallel-size 1
    --expert-model-parallel-size 8
    --expert-tensor-parallel-size 1
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    --recompute-granularity selective
    # batch and length, in sequences
    --seq-length 4096
    --micro-batch-size 1
    --global-batch-size 4392
    --train-samples 488281250
    # learning rate
    --lr 0.00042
    --min-lr 4.2000000000000004e-05
    --lr-decay-style cosine
    --lr-decay-samples 488281250
    --lr-warmup-samples 4882812
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

torchrun --standalone --nproc-per-node 8 \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
