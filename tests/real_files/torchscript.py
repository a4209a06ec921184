#!/usr/bin/env python3
"""Writes genuine TorchScript archives with the real library, for tests of false findings.

    python3 torchscript.py DIR

Run it in a virtual environment of requirements-torch.txt, Python 3.11. The weights are toys with a fixed seed.
Nothing is ever loaded back here. The file whose name begins with `code-` writes a file and must be refused.
"""

import pathlib
import sys
import warnings
from typing import Dict, List, Optional, Tuple

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.gelu(self.norm(self.conv(x)))
        return torch.flatten(self.pool(x), 1)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Dropout(0.1), nn.Linear(4, 6))

    def forward(self, x: torch.Tensor, threshold: Optional[float] = None) -> Tuple[Dict[str, torch.Tensor], List[int]]:
        total = torch.zeros(x.shape[0], 4, device=x.device, dtype=x.dtype)
        for block in self.blocks:
            total = total + block(x)
        out = self.head(total)
        sizes: List[int] = []
        for i in range(out.shape[0]):
            if threshold is not None and bool(out[i].sum() > threshold):
                sizes.append(i)
        if len(sizes) > 100:
            raise ValueError("too many: {}".format(len(sizes)))
        return {"boxes": out.clamp(0, 1), "scores": torch.softmax(out, -1)}, sizes


class Language(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.lstm = nn.LSTM(8, 4, bidirectional=True)
        self.words = ["a", "b"]

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x, _ = self.lstm(self.layer(self.embed(tokens)))
        return torch.topk(x.log_softmax(-1), 2)[0]


class Writer(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.ops.aten.save(x, "/tmp/headworks-marker")
        return x


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    for model in (nn.Linear(2, 2), Block().eval(), Detector().eval(), Language().eval()):
        torch.jit.script(model).save(out / f"scripted-{type(model).__name__.lower()}.pt")
    torch.jit.trace(Block().eval(), torch.ones(1, 3, 8, 8)).save(out / "traced-block.pt")
    torch.jit.trace(nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()), torch.ones(1, 2)).save(out / "traced-sequential.pt")
    torch.jit.freeze(torch.jit.script(Detector().eval())).save(out / "frozen.pt")
    attempt(lambda: quantized(out), "quantized")
    torch.jit.script(Writer()).save(out / "code-writer.pt")
    print(sum(1 for _ in out.iterdir()), "files in", out)


def attempt(save, name):
    try:
        save()
    except Exception as error:  # not every build has a quantised engine
        print("not written:", name, error)


def quantized(out):
    model = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), {nn.Linear}, torch.qint8)
    torch.jit.script(model).save(out / "quantized.pt")


if __name__ == "__main__":
    main()
