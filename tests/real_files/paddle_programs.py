#!/usr/bin/env python3
"""Writes genuine inference models with PaddlePaddle, for tests of false findings.

    python3 paddle_programs.py DIR

Needs requirements-paddle_programs.txt, Python 3.11. The models are toys with fixed seeds. Nothing is loaded back here.
"""

import pathlib
import sys

import paddle
from paddle import nn


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    paddle.seed(0)
    image = paddle.static.InputSpec([None, 3, 16, 16], "float32", "image")
    convolutional = nn.Sequential(
        nn.Conv2D(3, 8, 3), nn.BatchNorm2D(8), nn.ReLU(), nn.MaxPool2D(2), nn.AdaptiveAvgPool2D(1), nn.Flatten(),
        nn.Dropout(0.1), nn.Linear(8, 4), nn.Softmax())
    save(convolutional, out / "convolutional", [image])
    words = paddle.static.InputSpec([None, 8], "int64", "words")
    save(nn.Sequential(nn.Embedding(32, 16), nn.TransformerEncoderLayer(16, 2, 32), nn.LayerNorm(16)), out / "attention", [words])
    save(Recurrent(), out / "recurrent", [words])
    print(sum(1 for _ in out.iterdir()), "files in", out)


class Recurrent(nn.Layer):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(32, 8)
        self.lstm = nn.LSTM(8, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, words):
        hidden, _ = self.lstm(self.embedding(words))
        return self.head(hidden[:, -1])


def save(model, path, inputs):
    model.eval()
    paddle.jit.save(model, str(path), input_spec=inputs)


if __name__ == "__main__":
    main()
