#!/usr/bin/env python3
"""Writes genuine adapters of PEFT, of several kinds and options, for tests of false findings.

    python3 adapters.py OUT

Run it in a virtual environment of requirements-adapters.txt. The models are toys with random weights.
"""

import pathlib
import sys
import warnings

import torch
from peft import (
    AdaLoraConfig,
    IA3Config,
    LNTuningConfig,
    LoHaConfig,
    LoKrConfig,
    LoraConfig,
    OFTConfig,
    PrefixTuningConfig,
    PromptTuningConfig,
    VeraConfig,
    get_peft_model,
)
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

ATTENTION = ["q_proj", "v_proj"]


def lora(**options):
    return LoraConfig(**{"task_type": "CAUSAL_LM", "r": 4, "target_modules": ATTENTION, **options})


ADAPTERS = {
    "lora": lora(),
    "lora-all-linear": lora(target_modules="all-linear"),
    "lora-regex": lora(target_modules=r".*\.(mlp|self_attn)\.(down|o)_proj"),
    "lora-exclude": lora(exclude_modules=["layers.0.self_attn.q_proj"]),
    "lora-layers": lora(layers_to_transform=[1]),
    "lora-rank-pattern": lora(rank_pattern={"v_proj": 2, r"layers\.0\.self_attn\.q_proj": 8}),
    "lora-modules-to-save": lora(modules_to_save=["lm_head", "norm"]),
    "lora-embedding": lora(target_modules=[*ATTENTION, "embed_tokens"]),
    "lora-token-indices": lora(trainable_token_indices=[1, 2]),
    "lora-bias-dora": lora(bias="all", use_dora=True),
    "lora-rslora": lora(use_rslora=True, init_lora_weights="gaussian", revision="a1" * 20),
    "lora-parameters": lora(target_modules=[], target_parameters=["mlp.up_proj.weight"]),
    "adalora": AdaLoraConfig(task_type="CAUSAL_LM", target_modules=ATTENTION, total_step=10),
    "ia3": IA3Config(task_type="CAUSAL_LM", target_modules=ATTENTION, feedforward_modules=[]),
    "ln-tuning": LNTuningConfig(task_type="CAUSAL_LM", target_modules=["input_layernorm"]),
    "loha": LoHaConfig(task_type="CAUSAL_LM", r=4, target_modules=ATTENTION),
    "lokr": LoKrConfig(task_type="CAUSAL_LM", r=4, target_modules=ATTENTION),
    "oft": OFTConfig(task_type="CAUSAL_LM", r=0, oft_block_size=4, target_modules=ATTENTION),
    "prefix-tuning": PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
    "prompt-tuning": PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
    "vera": VeraConfig(task_type="CAUSAL_LM", r=4, target_modules=ATTENTION),
}


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    warnings.simplefilter("ignore")
    for name, config in ADAPTERS.items():
        save(LlamaForCausalLM, config, out / name)
    classifier = LoraConfig(task_type="SEQ_CLS", r=4, target_modules=ATTENTION)
    save(LlamaForSequenceClassification, classifier, out / "lora-classifier")


def save(model_class, config, folder):
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = model_class(LlamaConfig(vocab_size=32, **sizes))
    get_peft_model(model, config).save_pretrained(folder)


if __name__ == "__main__":
    main()
