#!/bin/bash
# joint-2025-e32-g1-d4608: 447B parameters (20.3B active), 179B tokens in steps of 1.54M.
# 64 GPUs: 32 data x 2 tensor x 1 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# a tokenizer of Hugging Face, a name or a folder
: "${TOKENIZER:?is not set: a tokenizer of Hugging Face, a name or a folder}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/joint-2025-e32-g1-d4608}
export CUDA_DEVICE_MAX_CONNECTIONS=1

ARGS=(
    # model
    --num-layers 72
    --hidden-size 4608
    --ffn-hidden-size 13824
    --num-attention-heads 72
    --max-position-embeddings 512
    --rotary-base 10000
    --norm-epsilon 1e-05
    --padded-vocab-size 50258
    --kv-channels 64
    --normalization RMSNorm
    --position-embedding-type rope
    --untie-embeddings-and-output-weights
    --swiglu
    --disable-bias-linear
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.004658
    # experts
    --num-experts 32
    --moe-router-topk 1
    --moe-ffn-hidden-size 13824
    --moe-expert-capacity-factor 1
    --moe-token-drop-policy position
    --moe-grouped-gemm
    --moe-token-dispatcher-type alltoall
    --moe-router-score-function softmax
    --moe-router-pre-softmax
    --moe-router-dtype fp32
    --moe-router-load-balancing-type aux_loss
    --moe-aux-loss-coeff 0.01
    --moe-z-loss-coeff 0.001
    # layout
    --tensor-model-parallel-size 2
    --sequence-parallel
    --pipeline-model-parallel-size 1
    --context-parallel-size 1
    --expert-model-parallel-size 4
    --expert-tensor-parallel-size 2
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    # batch and length, in sequences
    --seq-length 512
    --micro-batch-size 1
    --global-batch-size 3008
    --train-samples 350266630
    # learning rate
    --lr 7.86969685260808e-06
    --min-lr 0
    --lr-decay-style WSD
    --lr-wsd-decay-style linear
    --lr-wsd-decay-samples 70053326
    --lr-decay-samples 350266630
    --lr-warmup-samples 3502666
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

# On each machine: NODE_RANK from 0 to 7, and MASTER_ADDR the name of the first.
: "${NODE_RANK:?is not set: the number of this machine, from 0 to 7}"
: "${MASTER_ADDR:?is not set: the name of the first machine}"
torchrun --nnodes 8 --nproc-per-node 8 \
    --node-rank "$NODE_RANK" --master-addr "$MASTER_ADDR" --master-port "${MASTER_PORT:-29500}" \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
