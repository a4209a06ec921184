#!/usr/bin/env python3
"""Writes genuine models of XGBoost, LightGBM, CatBoost, OpenVINO and R, for tests of false findings.

    python3 classic.py DIR

Run it in a virtual environment of requirements-classic.txt, Python 3.11; the files of R are written where `Rscript`
is installed. The data are toys with fixed seeds. Nothing is ever loaded back here.
"""

import argparse
import pathlib
import shutil
import subprocess
import warnings

import catboost
import lightgbm
import numpy as np
import openvino
import pandas as pd
import xgboost
from openvino import opset13 as op


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    rng = np.random.RandomState(0)
    x = rng.normal(size=(200, 4))
    y = (x[:, 0] > 0).astype(int)
    xgboost_models(out, x, y)
    lightgbm_models(out, x, y, rng)
    catboost_models(out, x, y)
    openvino_models(out)
    r_values(out)
    print(sum(1 for _ in out.iterdir()), "files in", out)


def xgboost_models(out, x, y):
    options = {
        "binary": {"objective": "binary:logistic"},
        "deep": {"max_depth": 8, "min_child_weight": 0},
        "dart": {"booster": "dart"},
        "linear": {"booster": "gblinear"},
        "multi": {"objective": "multi:softprob", "num_class": 3},
        "targets": {"multi_strategy": "multi_output_tree", "tree_method": "hist"},
        "survival": {"objective": "survival:cox"},
        "rank": {"objective": "rank:ndcg"},
    }
    for name, option in options.items():
        label = np.stack([y, y], 1) if name == "targets" else y
        data = xgboost.DMatrix(x, label, feature_names=list("abcd"))
        if name == "rank":
            data.set_group([100, 100])
        booster = xgboost.train({"nthread": 1, **option}, data, 3)
        booster.set_attr(note="toy")
        for ending in ("json", "ubj"):
            booster.save_model(out / f"xgboost-{name}.{ending}")
    frame = pd.DataFrame({"a": x[:, 0], "c": pd.Categorical(np.where(y, "u", "v"))})
    data = xgboost.DMatrix(frame, y, enable_categorical=True)
    booster = xgboost.train({"tree_method": "hist", "nthread": 1}, data, 2)
    booster.save_model(out / "xgboost-categories.ubj")
    booster.save_model(out / "xgboost-categories.json")


def lightgbm_models(out, x, y, rng):
    base = {"verbose": -1, "num_threads": 1, "num_leaves": 8, "min_data_in_leaf": 5}

    def train(name, option, features, target, **more):
        data = lightgbm.Dataset(features, target, **more)
        booster = lightgbm.train({**base, **option}, data, 4)
        booster.save_model(out / f"lightgbm-{name}.txt")

    train("binary", {"objective": "binary"}, x, y)
    train("multi", {"objective": "multiclass", "num_class": 3}, x, rng.randint(0, 3, 200))
    train("regression", {}, x, x[:, 0])
    train("linear", {"linear_tree": True}, x, x[:, 0])
    train("forest", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, x, y)
    train("dart", {"boosting": "dart"}, x, y)
    train("goss", {"data_sample_strategy": "goss"}, x, y)
    train("rank", {"objective": "lambdarank"}, x, y, group=[100, 100])
    train("constant", {}, x, np.ones(200))
    train("monotone", {"monotone_constraints": [1, 0, 0, -1]}, x, x[:, 0])
    frame = pd.DataFrame({"a": x[:, 0], "c": pd.Categorical(rng.choice(["x", "y", "z"], 200))})
    train("categories", {"min_data_per_group": 1}, frame, x[:, 0] + (frame.c == "x"))


def catboost_models(out, x, y):
    rng = np.random.RandomState(1)
    count = len(y)
    words = [" ".join(rng.choice(["red", "green", "blue", "good" if good else "bad"], 5)) for good in y]
    points = [list(map(float, point)) for point in rng.normal(size=(count, 4))]
    categories = np.array(list("uvwxyz"))[rng.randint(0, 6, count)]
    frame = pd.DataFrame({"a": x[:, 0], "c": categories, "t": words, "e": points})
    Pool = catboost.Pool
    base = {"iterations": 3, "depth": 2, "thread_count": 1, "verbose": 0, "allow_writing_files": False, "random_seed": 0}
    for name, kind, pool, options in [
        ("binary", catboost.CatBoostClassifier, Pool(x, y), {}),
        ("multi", catboost.CatBoostClassifier, Pool(x, rng.randint(0, 3, count)), {"loss_function": "MultiClass"}),
        ("labels", catboost.CatBoostClassifier, Pool(x, categories), {"loss_function": "MultiClass"}),
        ("several", catboost.CatBoostClassifier, Pool(x, np.stack([y, 1 - y], 1)), {"loss_function": "MultiLogloss"}),
        ("regression", catboost.CatBoostRegressor, Pool(x, x[:, 0]), {}),
        ("quantiles", catboost.CatBoostRegressor, Pool(x, x[:, 0]), {"loss_function": "MultiQuantile:alpha=0.1,0.9"}),
        ("uncertain", catboost.CatBoostRegressor, Pool(x, x[:, 0]), {"loss_function": "RMSEWithUncertainty"}),
        ("rank", catboost.CatBoostRanker, Pool(x, y, group_id=np.arange(count) // 10), {"loss_function": "YetiRank"}),
        ("lossguide", catboost.CatBoostClassifier, Pool(x, y), {"grow_policy": "Lossguide"}),
        ("depthwise", catboost.CatBoostClassifier, Pool(x, y), {"grow_policy": "Depthwise"}),
        ("categories", catboost.CatBoostClassifier, Pool(frame[["a", "c"]], y, cat_features=["c"]),
         {"one_hot_max_size": 2}),
        ("one-hot", catboost.CatBoostClassifier, Pool(frame[["a", "c"]], y, cat_features=["c"]),
         {"one_hot_max_size": 10}),
        ("texts", catboost.CatBoostClassifier, Pool(frame[["a", "t"]], y, text_features=["t"]), {}),
        ("embeddings", catboost.CatBoostClassifier, Pool(frame[["a", "e"]], y, embedding_features=["e"]), {}),
        ("all", catboost.CatBoostClassifier,
         Pool(frame, y, cat_features=["c"], text_features=["t"], embedding_features=["e"]), {"one_hot_max_size": 2}),
    ]:
        model = kind(**{**base, **options}).fit(pool)
        model.save_model(str(out / f"catboost-{name}.cbm"))
        if name == "binary":
            model.save_model(str(out / "catboost.json"), format="json")
            model.save_model(str(out / "catboost.pmml"), format="pmml")
            catboost.sum_models([model, model], weights=[0.5, 0.5]).save_model(str(out / "catboost-sum.cbm"))


def openvino_models(out):
    image = op.parameter([1, 3, 16, 16], np.float32, name="image")
    kernel = op.constant(np.ones((4, 3, 3, 3), np.float32))
    layer = op.relu(op.convolution(image, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
    layer = op.softmax(op.reduce_mean(layer, op.constant([2, 3], np.int64)), 1)
    model = openvino.Model([layer], [image], "toy")
    for name, half in (("openvino", False), ("openvino-half", True)):
        (out / name).mkdir(exist_ok=True)
        openvino.save_model(model, out / name / "model.xml", compress_to_fp16=half)


R_DATA = """
out <- commandArgs(TRUE)[1]; set.seed(1)
at <- function(name) file.path(out, name)
d <- data.frame(x = 1:5 + 0, y = c(2.1, 3.9, 6.2, 7.8, 10.1), f = factor(c("a", "b", "a", "b", "a")),
                s = c("\\u00e9", "b", NA, "d", "e"))
for (v in 2:3) for (z in c("gzip", "bzip2", "xz", "none"))
  saveRDS(d, at(paste0("r-data-frame-", v, "-", z, ".rds")), version = v, compress = if (z == "none") FALSE else z)
saveRDS(d, at("r-data-ascii.rds"), ascii = TRUE, compress = FALSE)
con <- file(at("r-data-binary.rds"), "wb"); writeBin(serialize(d, NULL, xdr = FALSE), con); close(con)
x <- 1:10
l <- list(a = 1:1000000, b = "x", c = NULL, d = 3+2i, e = as.raw(1:5), n = c(TRUE, NA), z = c(NaN, Inf, -Inf, NA))
save(d, x, l, file = at("r-data-three.RData")); save(d, file = at("r-data-ascii.rda"), ascii = TRUE)
saveRDS(l, at("r-data-list.rds")); saveRDS(l, at("r-data-list-ascii.rds"), ascii = TRUE)
saveRDS(as.character(1:100), at("r-data-deferred.rds")); saveRDS(NULL, at("r-data-null.rds"))
saveRDS(matrix(runif(20), 4), at("r-data-matrix.rds")); saveRDS(Sys.Date() - 5, at("r-data-date.rds"))
setClass("P", representation(a = "numeric")); saveRDS(new("P", a = 1), at("r-data-s4.rds"))
saveRDS(kmeans(d[, 1:2], 2), at("r-data-kmeans.rds"))
saveRDS(lm(y ~ x, d), at("r-code-lm.rds")); saveRDS(glm(y ~ x, data = d), at("r-code-glm.rds"))
saveRDS(nls(y ~ a * x, d, start = list(a = 1)), at("r-code-nls.rds"))
saveRDS(loess(y ~ x, data.frame(x = 1:20, y = (1:20)^2)), at("r-code-loess.rds"))
f <- function(x, ...) { for (i in 1:3) x <- x + i; if (x > 1 && TRUE) repeat break; x }
saveRDS(f, at("r-code-function.rds")); saveRDS(compiler::cmpfun(f), at("r-code-bytecode.rds"))
saveRDS(ecdf(d$y), at("r-code-ecdf.rds")); saveRDS(stats::sd, at("r-code-sd.rds"))
saveRDS(stats::lm, at("r-code-compiled-lm.rds"))
"""


def r_values(out):
    if shutil.which("Rscript"):
        subprocess.run(["Rscript", "-e", R_DATA, str(out)], check=True)


if __name__ == "__main__":
    main()
