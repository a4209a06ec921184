#!/usr/bin/env python3
"""Writes genuine models of XGBoost 1.7 in the binary that later versions dropped, for tests of false findings.

    python3 xgboost_binaries.py DIR

Needs requirements-xgboost_binaries.txt, Python 3.11. The data are toys with fixed seeds. Nothing is loaded back here.
"""

import pathlib
import sys
import warnings

import numpy as np
import xgboost

OPTIONS = {
    "binary": {"objective": "binary:logistic"},
    "dart": {"booster": "dart"},
    "deep": {"max_depth": 8, "min_child_weight": 0},
    "linear": {"booster": "gblinear"},
    "metrics": {"objective": "binary:logistic", "eval_metric": ["auc", "error"]},
    "multi": {"objective": "multi:softprob", "num_class": 3},
    "poisson": {"objective": "count:poisson", "max_delta_step": 0.5},
    "pruned": {"gamma": 3.0, "max_depth": 6},
}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    rng = np.random.RandomState(0)
    x = rng.normal(size=(200, 4))
    data = xgboost.DMatrix(x, label=(x[:, 0] + rng.normal(size=200) > 0).astype(int), feature_names=list("abcd"))
    for name, option in OPTIONS.items():
        booster = xgboost.train({"nthread": 1, "verbosity": 0, **option}, data, 4, evals=[(data, "train")],
                                verbose_eval=False)
        booster.set_attr(note="toy")
        for ending in ("bst", "json", "ubj"):
            booster.save_model(out / f"{name}.{ending}")
    print(sum(1 for _ in out.iterdir()), "files in", out)


if __name__ == "__main__":
    main()
