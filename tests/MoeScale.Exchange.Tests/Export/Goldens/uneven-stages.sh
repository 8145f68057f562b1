#!/bin/bash
# DeepSeek-V3: 671B parameters (37.6B active), 14.8T tokens in steps of 62.9M.
# 2048 GPUs: 128 data x 1 tensor x 16 pipeline x 1 context ranks.
# Written by MoeScale for Megatron-LM of core 0.20.
set -euo pipefail

# the folder of Megatron-LM, with pretrain_gpt.py
: "${MEGATRON:?is not set: the folder of Megatron-LM, with pretrain_gpt.py}"
# names of .bin and .idx without the ending, with or without weights before them
: "${DATA_PATH:?is not set: names of .bin and .idx without the ending, with or without weights before them}"
# a tokenizer of Hugging Face, a name or a folder
: "${TOKENIZER:?is not set: a tokenizer of Hugging Face, a name or a folder}"
# where checkpoints go; the run goes on from the last one
CHECKPOINTS=${CHECKPOINTS:-checkpoints/DeepSeek-V3}

ARGS=(
    # model
    --num-layers 61
    --hidden-size 7168
    --ffn-hidden-size 18432
    --num-attention-heads 128
    --max-position-embeddings 163840
    --rotary-base 10000
    --norm-epsilon 1e-06
    --mtp-num-layers 1
    --padded-vocab-size 129280
    --kv-channels 128
    --multi-latent-attention
    --q-lora-rank 1536
    --kv-lora-rank 512
    --qk-head-dim 128
    --qk-pos-emb-head-dim 64
    --v-head-dim 128
    --rope-type rope
    --no-rope-fusion
    --normalization RMSNorm
    --position-embedding-type rope
    --untie-embeddings-and-output-weights
    --qk-layernorm
    --swiglu
    --disable-bias-linear
    --hidden-dropout 0
    --attention-dropout 0
    --init-method-std 0.003735
    # experts
    --num-experts 256
    --moe-router-topk 8
    --moe-ffn-hidden-size 2048
    --moe-shared-expert-intermediate-size 2048
    --moe-layer-freq '([0]*3+[1]*58)'
    --moe-grouped-gemm
    --moe-token-dispatcher-type alltoall
    --moe-router-score-function sigmoid
    --moe-router-dtype fp32
    --moe-router-enable-expert-bias
    --moe-router-bias-update-rate 0.001
    --moe-router-load-balancing-type none
    --moe-z-loss-coeff 0.001
    --moe-router-num-groups 8
    --moe-router-group-topk 4
    --moe-router-topk-scaling-factor 2.5
    # layout
    --tensor-model-parallel-size 1
    --pipeline-model-parallel-size 16
    --context-parallel-size 1
    --pipeline-model-parallel-layout 'Et*4|t*4|t*4|t*4|t*4|t*4|t*4|t*4|t*4|t*4|t*4|t*4|t*4|t*3|t*3|t*3mL'
    --expert-model-parallel-size 64
    --expert-tensor-parallel-size 1
    --use-distributed-optimizer
    --overlap-grad-reduce
    --overlap-param-gather
    --distributed-timeout-minutes 60
    # batch and length, in sequences
    --seq-length 4096
    --micro-batch-size 1
    --global-batch-size 15360
    --train-samples 3613281250
    # learning rate
    --lr 0.00022
    --min-lr 0
    --lr-decay-style WSD
    --lr-wsd-decay-style linear
    --lr-wsd-decay-samples 722656250
    --lr-decay-samples 3613281250
    --lr-warmup-samples 36132812
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

# On each machine: NODE_RANK from 0 to 255, and MASTER_ADDR the name of the first.
: "${NODE_RANK:?is not set: the number of this machine, from 0 to 255}"
: "${MASTER_ADDR:?is not set: the name of the first machine}"
torchrun --nnodes 256 --nproc-per-node 8 \
    --node-rank "$NODE_RANK" --master-addr "$MASTER_ADDR" --master-port "${MASTER_PORT:-29500}" \
    "$MEGATRON/pretrain_gpt.py" "${ARGS[@]}" "$@"
