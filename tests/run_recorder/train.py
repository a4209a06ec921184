"""A training script that knows nothing of the recorder: rows in, a model and its metrics out."""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import joblib
import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def rows(path: pathlib.Path) -> tuple[numpy.ndarray, numpy.ndarray]:
    with path.open(newline="") as file:
        table = numpy.array([[float(cell) for cell in row] for row in csv.reader(file)])
    return table[:, :-1], table[:, -1].astype(int)


def write_in_place(path: pathlib.Path, text: str) -> None:
    """As careful programs save: another name first, then moved."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def main() -> None:
    settings = json.loads(pathlib.Path("settings.json").read_text())
    features, labels = rows(pathlib.Path("data/rows.csv"))
    train_x, test_x, train_y, test_y = train_test_split(features, labels, random_state=settings["seed"])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=settings["C"], random_state=settings["seed"]))
    model.fit(train_x, train_y)
    out = pathlib.Path("out")
    out.mkdir(exist_ok=True)
    joblib.dump(model, out / "model.joblib")
    assert (joblib.load(out / "model.joblib").predict(test_x) == model.predict(test_x)).all()
    write_in_place(out / "metrics.json", json.dumps({"accuracy": model.score(test_x, test_y)}))
    # A child of another program, which reads an input and writes an output of its own.
    listing = "import hashlib, pathlib; print(hashlib.sha256(pathlib.Path('data/labels.txt').read_bytes()).hexdigest())"
    with (out / "labels.sha256").open("w") as file:
        subprocess.run([sys.executable, "-c", listing], stdout=file, check=True)
    scratch = out / "scratch"
    scratch.write_text("gone")
    scratch.unlink()


if __name__ == "__main__":
    main()
