#!/bin/bash
# Qwen3-30B-A3B: 30.5B parameters (3.35B active), 1.00T tokens in steps of 4.00M.
# 32 GPUs: 8 data x 1 tensor x 4 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# a tokenizer of Hugging Face, a name or a folder
: "${TOKENIZER:?is not set: a tokenizer of Hugging Face, a name or a folder}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/Qwen3-30B-A3B}

ARGS=(
    # model
    --num-layers 48
    --hidden-size 2048
    --ffn-hidden-size 6144
    --num-attention-heads 32
    --max-position-embeddings 40960
    --rotary-base 1000000
    --norm-epsilon 1e-06
    --padded-vocab-size 151936
    --kv-channels 128
    --group-query-attention
    --num-query-groups 4
    --normalization RMSNorm
    --position-embedding-type rope
    --untie-embeddings-and-output-weights
    --qk-layernorm
    --swiglu
    --disable-bias-linear
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.006988
    # experts
    --num-experts 128
    --moe-router-topk 8
    --moe-ffn-hidden-size 768
    --moe-grouped-gemm
    --moe-token-dispatcher-type alltoall
    --moe-router-score-function softmax
    --moe-router-dtype fp32
    --moe-router-load-balancing-type aux_loss
    --moe-aux-loss-coeff 0.01
    --moe-z-loss-coeff 0.001
    # layout
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 4
    --context-parallel-size 1
    --pipeline-model-parallel-layout 'Et*11|t*13|t*13|t*11L'
    --expert-model-parallel-size 8
    --expert-tensor-parallel-size 1
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    # batch and length, in sequences
    --seq-length 4096
    --micro-batch-size 1
    --global-batch-size 976
    --train-samples 244140625
    # learning rate
    --lr 0.0003
    --min-lr 0
    --lr-decay-style WSD
    --lr-wsd-decay-style linear
    --lr-wsd-decay-samples 48828125
    --lr-decay-samples 244140625
    --lr-warmup-samples 2441406
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

# On each machine: NODE_RANK from 0 to 3, and MASTER_ADDR the name of the first.
: "${NODE_RANK:?is not set: the number of this machine, from 0 to 3}"
: "${MASTER_ADDR:?is not set: the name of the first machine}"
torchrun --nnodes 4 --nproc-per-node 8 \
    --node-rank "$NODE_RANK" --master-addr "$MASTER_ADDR" --master-port "${MASTER_PORT:-29500}" \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
