"""Trains genuine SentencePiece tokenizers of toy size into the folder given.

    pip install -r requirements-sentencepiece_tokenizers.txt && python sentencepiece_tokenizers.py FOLDER

Every file must be admitted.
"""

import io
import sys
from pathlib import Path

import sentencepiece

TEXT = [
    "weights are data and code is code",
    "a gate reads every byte before it opens",
    "see https://example.invalid/path?token=0123456789abcdef for more",
    "пример текста на другом языке",
    "文字列と記号",
] * 20

KINDS = {
    "unigram": dict(model_type="unigram", vocab_size=80),
    "bpe": dict(model_type="bpe", vocab_size=120, byte_fallback=False),
    "char": dict(model_type="char", vocab_size=70, character_coverage=0.99),
    "word": dict(model_type="word", vocab_size=30),
    "llama_like": dict(model_type="bpe", vocab_size=360, byte_fallback=True, split_digits=True, normalization_rule_name="identity"),
    "t5_like": dict(model_type="unigram", vocab_size=90, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
                    user_defined_symbols=["<extra_id_0>", "<extra_id_1>"]),
}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in KINDS.items():
        model = io.BytesIO()
        options = dict(hard_vocab_limit=False, minloglevel=2, num_threads=1) | options
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(TEXT), model_writer=model, **options)
        (folder / f"{name}.model").write_bytes(model.getvalue())


if __name__ == "__main__":
    main()
