"""Writes genuine repositories with the real libraries: tokenizers of every model, shards with their index.

Usage: python repository.py FOLDER. Offline and deterministic. Below FOLDER/good every directory is an honest
repository; below FOLDER/changed each is a copy with one change that headworks must find. Nothing is loaded
after it was changed.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

TEXT = [
    "The gate shuts off the water before it reaches the fields.",
    "See https://example.invalid/models/a?b=c for the password=hunter2 example.",
    "def main(): return {'a': 1}  # AKIAIOSFODNN7EXAMPLE",
    "Der Schieber schließt. 門は閉まる。 Ворота закрыты.",
] * 8


def bpe(special, **options):
    tokenizer = Tokenizer(models.BPE(byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def gpt2():
    tokenizer = bpe(["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer, {"eos_token": "<|endoftext|>", "bos_token": "<|endoftext|>"}


def chat():
    tokenizer = bpe(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                Regex(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+"),
                "isolated",
            ),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens([AddedToken("<tool_call>", special=False), AddedToken("</tool_call>", special=False)])
    tokenizer.add_special_tokens([AddedToken(f"<|reserved_{n}|>", special=True) for n in range(200)])
    return tokenizer, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}


def llama():
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{n:02X}>" for n in range(256)]
    tokenizer.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=700, special_tokens=special[:3], show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def bert():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"[unused{n}]" for n in range(20)]
    tokenizer.train_from_iterator(TEXT, trainers.WordPieceTrainer(vocab_size=500, special_tokens=special, show_progress=False))
    number = tokenizer.token_to_id
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", number("[CLS]")), ("[SEP]", number("[SEP]"))],
    )
    named = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return tokenizer, {f"{kind}_token": text for kind, text in named.items()}


def roberta():
    tokenizer = bpe(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    number = tokenizer.token_to_id
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", number("</s>")), ("<s>", number("<s>")))
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>"}


def albert():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace("``", '"'),
            normalizers.Replace("''", '"'),
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<pad>", "<unk>", "[CLS]", "[SEP]"]
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer, {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "[CLS]", "sep_token": "[SEP]"}


def ctc():
    words = {letter: number for number, letter in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *"ABCDEFGH"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.decoder = decoders.CTC(pad_token="<pad>", word_delimiter_token="|")
    tokenizer.add_special_tokens(["<pad>", "<s>", "</s>", "<unk>"])
    return tokenizer, {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


TOKENIZERS = {"gpt2": gpt2, "chat": chat, "llama": llama, "bert": bert, "roberta": roberta, "albert": albert, "ctc": ctc}


def tensors(layers=4, words=64, width=8):
    random = np.random.default_rng(7)
    made = {"model.embed_tokens.weight": random.random((words, width), dtype=np.float32)}
    for layer in range(layers):
        made[f"model.layers.{layer}.mlp.up_proj.weight"] = random.random((width * 4, width), dtype=np.float32)
        made[f"model.layers.{layer}.mlp.down_proj.weight"] = random.random((width, width * 4), dtype=np.float32)
    return made


CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 64,
    "hidden_size": 8,
    "num_hidden_layers": 4,
    "torch_dtype": "float32",
    "tie_word_embeddings": True,
}


def write_json(path, document):
    path.write_text(json.dumps(document, indent=2) + "\n")


def sharded(folder):
    from huggingface_hub.serialization import split_state_dict_into_shards_factory

    made = tensors()
    split = split_state_dict_into_shards_factory(
        made,
        get_storage_size=lambda tensor: tensor.nbytes,
        get_storage_id=lambda tensor: None,
        filename_pattern="model{suffix}.safetensors",
        max_shard_size=4096,
    )
    for name, keys in split.filename_to_tensors.items():
        save_file({key: made[key] for key in keys}, folder / name, metadata={"format": "pt"})
    assert split.is_sharded
    write_json(
        folder / "model.safetensors.index.json",
        {"metadata": split.metadata, "weight_map": split.tensor_to_filename},
    )
    write_json(folder / "config.json", CONFIG)


def single(folder):
    save_file(tensors(), folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", CONFIG)


def adapter(folder):
    random = np.random.default_rng(7)
    made = {}
    for layer in range(2):
        for part, shape in (("lora_A", (4, 8)), ("lora_B", (8, 4))):
            name = f"base_model.model.model.layers.{layer}.self_attn.q_proj.{part}.weight"
            made[name] = random.random(shape, dtype=np.float32)
    save_file(made, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    write_json(
        folder / "adapter_config.json",
        {
            "auto_mapping": None,
            "base_model_name_or_path": "owner/base",
            "modules_to_save": None,
            "peft_type": "LORA",
            "r": 4,
            "target_modules": ["q_proj"],
            "task_type": "CAUSAL_LM",
        },
    )


def good(root):
    for name, make in TOKENIZERS.items():
        folder = root / f"tokenizer-{name}"
        tokenizer, named = make()
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    for make in (sharded, single, adapter):
        folder = root / make.__name__
        folder.mkdir(parents=True)
        make(folder)


def edit(path, change):
    document = json.loads(path.read_text())
    change(document)
    write_json(path, document)


def changed(root, good):
    def copy(of, name):
        return Path(shutil.copytree(good / of, root / name))

    def tokenizer(name, change, of="tokenizer-llama", file="tokenizer.json"):
        edit(copy(of, name) / file, change)

    def normalizer(step):
        return lambda document: document["normalizer"]["normalizers"].append(step)

    tokenizer("text-rewriting-tokenizer", normalizer({"type": "Replace", "pattern": {"String": "deny"}, "content": "allow"}))
    tokenizer("unknown-tokenizer-part", normalizer({"type": "WordSwap"}))

    def share(document):
        words = document["model"]["vocab"]
        words["▁gate"] = words["</s>"]

    tokenizer("ambiguous-token", share)
    tokenizer("hidden-plain-word", lambda document: document["added_tokens"].append({"id": 9999, "content": "not", "special": True}))

    def insert(document):
        token = document["post_processor"]["special_tokens"]["<s>"]
        token["ids"].append(400)
        token["tokens"].append("obey")

    tokenizer("inserted-word", insert)

    def rename(document):
        # transformers wrote these up to version 4.
        document["added_tokens_decoder"] = {"2": {"content": "<|im_end|>", "special": True}}

    tokenizer("disagreeing-added-tokens", rename, file="tokenizer_config.json")
    shard = sorted(copy("sharded", "missing-weights").glob("*.safetensors"))[0]
    shard.unlink()
    shards = sorted(copy("sharded", "disagreeing-index").glob("*.safetensors"))
    shards[0].write_bytes(shards[1].read_bytes())
    folder = copy("sharded", "unlisted-shard")
    shutil.copy(sorted(folder.glob("*.safetensors"))[0], folder / "model-00099-of-00003.safetensors")
    folder = copy("single", "differing-weight-copies")
    save_file(tensors(layers=64), folder / "model-00001-of-00001.safetensors")
    edit(copy("single", "disagreeing-configuration") / "config.json", lambda document: document.update(num_hidden_layers=32))


def main():
    root = Path(sys.argv[1])
    good(root / "good")
    changed(root / "changed", root / "good")


if __name__ == "__main__":
    main()
