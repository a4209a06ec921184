"""Trains a classifier of documents with scikit-learn: one JSON file for each document."""

import json
import os
import sys

import joblib
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline


def documents(folder: str) -> tuple[list[str], list[int]]:
    texts, labels = [], []
    for parent, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(parent, name), encoding="utf-8") as file:
                record = json.load(file)
            texts.append(record["text"])
            labels.append(record["label"])
    return texts, labels


def main() -> None:
    texts, labels = documents(sys.argv[1])
    words_and_pairs = HashingVectorizer(n_features=1 << 18, ngram_range=(1, 2))
    model = make_pipeline(words_and_pairs, SGDClassifier(loss="log_loss", random_state=0, max_iter=5, tol=None))
    model.fit(texts, labels)
    joblib.dump(model, "model.joblib")


if __name__ == "__main__":
    main()
