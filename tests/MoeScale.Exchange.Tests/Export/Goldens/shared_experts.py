"""deepseek-moe-16b-base: 16.4B parameters (2.83B active), 2.00T tokens in steps of 18.0M.

Written by MoeScale for torchtitan of August 2026. In the folder of this file and with torchtitan installed, on each machine:

    PYTHONPATH=. torchrun --nproc-per-node N -m torchtitan.train --module moescale_deepseek_moe_16b_base --config train

on 16 GPUs in all. Words such as --training.steps 100 count more than what stands here.
"""

import os
from functools import partial

import torch.nn as nn

from torchtitan.components.checkpointer import CheckpointManager
from torchtitan.components.data import (
    ConcatThenSplitPackingConfig,
    GrainDataLoader,
    HuggingFaceStreamingSource,
    SingleDatasetConfig,
)
from torchtitan.components.loss import ChunkedLossWrapper, CrossEntropyLoss
from torchtitan.components.metrics import MetricsProcessor
from torchtitan.components.optimizer import (
    LRSchedulersContainer,
    OptimizersContainer,
    ParamGroupConfig,
    register_moe_load_balancing_hook,
)
from torchtitan.config import DebugConfig, ParallelismConfig, TrainingConfig
from torchtitan.distributed.activation_checkpoint import FullAC, SelectiveAC
from torchtitan.distributed.pipeline_parallel import pipeline_llm
from torchtitan.hf_datasets.text_datasets import TextProcessor
from torchtitan.models.common import CosSinRoPE, Embedding, Linear
from torchtitan.models.common.config_utils import (
    get_attention_config,
    make_ffn_config,
    make_gqa_config,
    make_moe_config,
    make_routed_experts_config,
    make_router_config,
)
from torchtitan.models.common.nn_modules import RMSNorm
from torchtitan.models.common.param_init import skip_param_init
from torchtitan.models.qwen3 import Qwen3Model, parallelize_qwen3
from torchtitan.models.qwen3.model import Qwen3TransformerBlock
from torchtitan.models.qwen3.state_dict_adapter import Qwen3StateDictAdapter
from torchtitan.protocols.model_spec import ModelSpec
from torchtitan.trainer import Trainer

STD = 0.006988
EPS = 1e-06
N_LAYERS = 28
DIM = 2048
HEAD_DIM = 128
VOCAB_SIZE = 102400
# Which blocks have experts: those with a 1.
HAS_EXPERTS = ([0]*1+[1]*27)

LINEAR = {"weight": partial(nn.init.normal_, std=STD), "bias": nn.init.zeros_}
# Of what is added to the stream, which sums up over blocks.
OUTPUT = {"weight": partial(nn.init.normal_, std=STD / (2 * N_LAYERS) ** 0.5), "bias": nn.init.zeros_}


def norm(width):
    return RMSNorm.Config(normalized_shape=width, eps=EPS, param_init={"weight": nn.init.ones_})


def linear(inputs, outputs, init):
    return Linear.Config(in_features=inputs, out_features=outputs, param_init=init)


def feed_forward(width):
    config = make_ffn_config(dim=DIM, hidden_dim=width, w1_param_init=LINEAR, w2w3_param_init=LINEAR)
    config.w2 = linear(width, DIM, OUTPUT)
    return config


def text(files):
    source = HuggingFaceStreamingSource.Config(path="json", split="train", load_dataset_kwargs={"data_files": files})
    return SingleDatasetConfig(source=source, processor=TextProcessor.Config(), post_filters=(lambda sample: sample is not None,))


def attention():
    return make_gqa_config(
        dim=DIM,
        n_heads=16,
        n_kv_heads=16,
        head_dim=HEAD_DIM,
        wqkv_param_init=LINEAR,
        wo_param_init=OUTPUT,
        inner_attention=get_attention_config("flex"),
        fuse_qkv=True,
        rope=CosSinRoPE.Config(dim=HEAD_DIM, max_context_length=4096, theta=10000),
        qk_norm=None,
    )


def experts():
    return make_moe_config(
        num_experts=64,
        router=make_router_config(
            dim=DIM,
            num_experts=64,
            top_k=6,
            gate_param_init=LINEAR,
            score_func="softmax",
            route_norm=False,
        ),
        routed_experts=make_routed_experts_config(
            dim=DIM,
            hidden_dim=1408,
            num_experts=64,
            top_k=6,
            param_init={"w1_EFD": LINEAR["weight"], "w2_EDF": OUTPUT["weight"], "w3_EFD": LINEAR["weight"]},
            comm_backend="standard",
        ),
        shared_experts=feed_forward(2816),
        load_balance_coeff=0.001,
    )


def block(layer):
    part = {"moe": experts()} if HAS_EXPERTS[layer] else {"feed_forward": feed_forward(10944)}
    return Qwen3TransformerBlock.Config(attention_norm=norm(DIM), ffn_norm=norm(DIM), attention=attention(), **part)


def model():
    return Qwen3Model.Config(
        vocab_size=VOCAB_SIZE,
        dim=DIM,
        norm=norm(DIM),
        enable_weight_tying=False,
        tok_embeddings=Embedding.Config(
            num_embeddings=VOCAB_SIZE,
            embedding_dim=DIM,
            param_init={"weight": LINEAR["weight"]},
        ),
        lm_head=linear(DIM, VOCAB_SIZE, LINEAR),
        layers=[block(layer) for layer in range(N_LAYERS)],
    )


def train() -> Trainer.Config:
    spec = ModelSpec(
        name="qwen3",
        flavor="deepseek-moe-16b-base",
        model=model(),
        parallelize_fn=parallelize_qwen3,
        pipelining_fn=pipeline_llm,
        post_optimizer_build_fn=register_moe_load_balancing_hook,
        state_dict_adapter=Qwen3StateDictAdapter,
    )
    return Trainer.Config(
        loss=ChunkedLossWrapper.Config(loss_fn=CrossEntropyLoss.Config(global_vocab_size=VOCAB_SIZE)),
        model_spec=spec,
        # A folder with the tokenizer, and lines of JSON with a field "text".
        hf_assets_path=os.environ["TOKENIZER"],
        dataloader=GrainDataLoader.Config(dataset=ConcatThenSplitPackingConfig(dataset=text(os.environ["DATA_PATH"]))),
        optimizer=OptimizersContainer.Config(
            param_groups=[
                ParamGroupConfig(
                    pattern=r"norm\.weight$",
                    optimizer_name="AdamW",
                    optimizer_kwargs={"lr": 0.00042, "betas": (0.9, 0.95), "eps": 1e-08, "weight_decay": 0},
                ),
                ParamGroupConfig(
                    pattern=r".*",
                    optimizer_name="AdamW",
                    optimizer_kwargs={"lr": 0.00042, "betas": (0.9, 0.95), "eps": 1e-08, "weight_decay": 0.1},
                ),
            ],
        ),
        lr_scheduler=LRSchedulersContainer.Config(
            warmup_steps=1112,
            decay_ratio=0.2,
            decay_type="linear",
            min_lr_factor=0,
        ),
        training=TrainingConfig(
            num_tokens_per_microbatch_per_dp_rank=4096,
            num_tokens_per_train_step=17989632,
            max_context_length=4096,
            max_norm=1,
            steps=111175,
            mixed_precision_param="bfloat16",
            disable_cuda_graphs=True,
        ),
        parallelism=ParallelismConfig(
            data_parallel_replicate_degree=1,
            data_parallel_shard_degree=8,
            fsdp_reshard_after_forward="always",
            tensor_parallel_degree=2,
            enable_sequence_parallel=True,
            pipeline_parallel_degree=1,
            context_parallel_degree=1,
            expert_parallel_degree=8,
        ),
        metrics=MetricsProcessor.Config(log_freq=10, enable_tensorboard=True),
        checkpoint=CheckpointManager.Config(enable=True, interval=1000, last_save_model_only=False),
        activation_checkpoint=SelectiveAC.Config(),
        debug=DebugConfig(seed=0),
    )
