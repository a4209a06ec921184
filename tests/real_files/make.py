#!/usr/bin/env python3
"""Writes genuine pickle, joblib and numpy files with the real libraries, for tests of false findings.

    python3 make.py --out DIR

Run it once in a virtual environment of each requirements-*.txt beside it, Python 3.11; the file names carry no
version, so give each its own DIR.
The data are toys with fixed seeds. Nothing is ever loaded back here.
"""

import argparse
import collections
import datetime
import decimal
import fractions
import io
import pathlib
import pickle
import uuid
import warnings

import joblib
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn import (cluster, compose, cross_decomposition, decomposition, discriminant_analysis, dummy, ensemble,
                     feature_extraction, feature_selection, gaussian_process, impute, isotonic, kernel_approximation,
                     kernel_ridge, linear_model, manifold, mixture, model_selection, multiclass, multioutput,
                     naive_bayes, neighbors, neural_network, pipeline, preprocessing, random_projection,
                     semi_supervised, svm, tree)

PROTOCOLS = range(6)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    estimators(out)
    other_values(out)
    protocols(out)
    joblib_files(out)
    numpy_files(out)
    boosters(out)
    print(sum(1 for _ in out.iterdir()), "files in", out)


def estimators(out):
    rng = np.random.RandomState(0)
    x = rng.normal(size=(60, 4))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    z = x @ [1.0, 2.0, 0.5, -1.0] + rng.normal(scale=0.1, size=60)
    counts = np.abs((x * 3).round())
    texts = ["red green blue", "green apple", "blue sky and red sun", "a sun"] * 15
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": list("xyz") * 20})
    for name, model, (features, target) in (
        ("logistic", linear_model.LogisticRegression(), (x, y)),
        ("logistic-cv", linear_model.LogisticRegressionCV(cv=3), (x, y)),
        ("linear", linear_model.LinearRegression(), (x, z)),
        ("ridge-cv", linear_model.RidgeCV(), (x, z)),
        ("lasso-lars", linear_model.LassoLarsCV(), (x, z)),
        ("elastic-net", linear_model.ElasticNetCV(cv=3), (x, z)),
        ("bayesian-ridge", linear_model.BayesianRidge(), (x, z)),
        ("huber", linear_model.HuberRegressor(), (x, z)),
        ("ransac", linear_model.RANSACRegressor(random_state=0), (x, z)),
        ("poisson", linear_model.PoissonRegressor(), (x, np.abs(z))),
        ("tweedie", linear_model.TweedieRegressor(power=1.5), (x, np.abs(z) + 1)),
        ("gamma", linear_model.GammaRegressor(), (x, np.abs(z) + 1)),
        ("sgd-log", linear_model.SGDClassifier(loss="log_loss", random_state=0), (x, y)),
        ("sgd-huber", linear_model.SGDClassifier(loss="modified_huber", random_state=0), (x, y)),
        ("sgd-regressor", linear_model.SGDRegressor(random_state=0), (x, z)),
        ("passive-aggressive", linear_model.PassiveAggressiveClassifier(random_state=0), (x, y)),
        ("perceptron", linear_model.Perceptron(), (x, y)),
        ("sgd-one-class", linear_model.SGDOneClassSVM(random_state=0), (x, None)),
        ("svc", svm.SVC(probability=True, random_state=0), (x, y)),
        ("linear-svc", svm.LinearSVC(random_state=0), (x, y)),
        ("nu-svr", svm.NuSVR(), (x, z)),
        ("one-class-svm", svm.OneClassSVM(), (x, None)),
        ("tree", tree.DecisionTreeClassifier(random_state=0), (x, y)),
        ("extra-tree", tree.ExtraTreeRegressor(random_state=0), (x, z)),
        ("forest-100", ensemble.RandomForestClassifier(100, max_depth=3, random_state=0), (x, y)),
        ("forest-generator", ensemble.RandomForestRegressor(5, random_state=np.random.RandomState(3)), (x, z)),
        ("extra-trees", ensemble.ExtraTreesClassifier(5, random_state=0), (x, y)),
        ("gradient-boosting", ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0), (x, y)),
        ("gradient-boosting-huber", ensemble.GradientBoostingRegressor(loss="huber", n_estimators=5), (x, z)),
        ("gradient-boosting-quantile", ensemble.GradientBoostingRegressor(loss="quantile", n_estimators=5), (x, z)),
        ("hist-boosting", ensemble.HistGradientBoostingClassifier(max_iter=5), (x, y)),
        ("hist-boosting-multi", ensemble.HistGradientBoostingClassifier(max_iter=5), (x, y + (x[:, 2] > 0))),
        ("hist-boosting-poisson", ensemble.HistGradientBoostingRegressor(loss="poisson", max_iter=5), (x, np.abs(z))),
        ("hist-boosting-quantile", ensemble.HistGradientBoostingRegressor(loss="quantile", quantile=0.9, max_iter=5),
         (x, z)),
        ("hist-boosting-absolute", ensemble.HistGradientBoostingRegressor(loss="absolute_error", max_iter=5), (x, z)),
        ("ada-boost", ensemble.AdaBoostClassifier(n_estimators=5, random_state=0), (x, y)),
        ("bagging", ensemble.BaggingClassifier(n_estimators=3, random_state=0), (x, y)),
        ("isolation-forest", ensemble.IsolationForest(n_estimators=5, random_state=0), (x, None)),
        ("voting", ensemble.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", naive_bayes.GaussianNB())]),
         (x, y)),
        ("stacking", ensemble.StackingRegressor([("a", linear_model.Ridge()), ("b", svm.SVR())], cv=3), (x, z)),
        ("gaussian-nb", naive_bayes.GaussianNB(), (x, y)),
        ("multinomial-nb", naive_bayes.MultinomialNB(), (counts, y)),
        ("categorical-nb", naive_bayes.CategoricalNB(), (counts, y)),
        ("knn-kd-tree", neighbors.KNeighborsClassifier(algorithm="kd_tree"), (x, y)),
        ("knn-ball-tree", neighbors.KNeighborsRegressor(algorithm="ball_tree", metric="manhattan"), (x, z)),
        ("knn-brute", neighbors.NearestNeighbors(algorithm="brute", metric="cosine"), (x, None)),
        ("kernel-density", neighbors.KernelDensity(kernel="epanechnikov", metric="chebyshev"), (x, None)),
        ("local-outlier", neighbors.LocalOutlierFactor(novelty=True), (x, None)),
        ("nearest-centroid", neighbors.NearestCentroid(), (x, y)),
        ("nca", neighbors.NeighborhoodComponentsAnalysis(random_state=0, max_iter=5), (x, y)),
        ("mlp", neural_network.MLPClassifier(hidden_layer_sizes=(5,), max_iter=5, random_state=0), (x, y)),
        ("mlp-sgd", neural_network.MLPRegressor(hidden_layer_sizes=(5,), solver="sgd", max_iter=5, random_state=0), (x, z)),
        ("rbm", neural_network.BernoulliRBM(3, n_iter=2, random_state=0), (np.clip(x, 0, 1), None)),
        ("kmeans", cluster.KMeans(3, n_init=2, random_state=0), (x, None)),
        ("mini-batch-kmeans", cluster.MiniBatchKMeans(3, n_init=2, random_state=0), (x, None)),
        ("dbscan", cluster.DBSCAN(), (x, None)),
        ("optics", cluster.OPTICS(), (x, None)),
        ("birch", cluster.Birch(n_clusters=3), (x, None)),
        ("agglomerative", cluster.AgglomerativeClustering(), (x, None)),
        ("spectral", cluster.SpectralClustering(2, random_state=0), (x, None)),
        ("affinity", cluster.AffinityPropagation(random_state=0), (x, None)),
        ("mean-shift", cluster.MeanShift(), (x, None)),
        ("feature-agglomeration", cluster.FeatureAgglomeration(), (x, None)),
        ("pca", decomposition.PCA(2), (x, None)),
        ("nmf", decomposition.NMF(2, random_state=0, max_iter=20), (np.abs(x), None)),
        ("lda-topics", decomposition.LatentDirichletAllocation(2, random_state=0, max_iter=2), (counts, None)),
        ("truncated-svd", decomposition.TruncatedSVD(2, random_state=0), (x, None)),
        ("fast-ica", decomposition.FastICA(2, random_state=0), (x, None)),
        ("kernel-pca", decomposition.KernelPCA(2, kernel="rbf"), (x, None)),
        ("dictionary", decomposition.MiniBatchDictionaryLearning(2, random_state=0, batch_size=5), (x, None)),
        ("factor-analysis", decomposition.FactorAnalysis(2), (x, None)),
        ("gaussian-mixture", mixture.GaussianMixture(2, random_state=0), (x, None)),
        ("bayesian-mixture", mixture.BayesianGaussianMixture(n_components=2, random_state=0), (x, None)),
        ("gaussian-process", gaussian_process.GaussianProcessRegressor(
            gaussian_process.kernels.ConstantKernel() * gaussian_process.kernels.RBF()
            + gaussian_process.kernels.WhiteKernel()), (x, z)),
        ("gaussian-process-classifier", gaussian_process.GaussianProcessClassifier(
            gaussian_process.kernels.Matern(nu=1.5)), (x, y)),
        ("lda", discriminant_analysis.LinearDiscriminantAnalysis(), (x, y)),
        ("qda", discriminant_analysis.QuadraticDiscriminantAnalysis(), (x, y)),
        ("kernel-ridge", kernel_ridge.KernelRidge(kernel="rbf"), (x, z)),
        ("isotonic", isotonic.IsotonicRegression(out_of_bounds="clip"), (x[:, 0], z)),
        ("pls", cross_decomposition.PLSRegression(2), (x, z)),
        ("label-spreading", semi_supervised.LabelSpreading(), (x, y)),
        ("self-training", semi_supervised.SelfTrainingClassifier(naive_bayes.GaussianNB()), (x, y)),
        ("isomap", manifold.Isomap(), (x, None)),
        ("tsne", manifold.TSNE(2, perplexity=5, random_state=0, init="random"), (x, None)),
        ("locally-linear", manifold.LocallyLinearEmbedding(random_state=0), (x, None)),
        ("dummy", dummy.DummyClassifier(strategy="stratified", random_state=0), (x, y)),
        ("one-vs-rest", multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), (x, y)),
        ("one-vs-one", multiclass.OneVsOneClassifier(svm.LinearSVC()), (x, y + (x[:, 2] > 0))),
        ("multi-output", multioutput.MultiOutputRegressor(linear_model.Ridge()), (x, np.c_[z, z])),
        ("classifier-chain", multioutput.ClassifierChain(linear_model.LogisticRegression(), random_state=0),
         (x, np.c_[y, 1 - y])),
        ("standard-scaler", preprocessing.StandardScaler(), (x, None)),
        ("robust-scaler", preprocessing.RobustScaler(), (x, None)),
        ("quantile", preprocessing.QuantileTransformer(n_quantiles=10, random_state=0), (x, None)),
        ("power", preprocessing.PowerTransformer(), (x, None)),
        ("spline", preprocessing.SplineTransformer(), (x, None)),
        ("polynomial", preprocessing.PolynomialFeatures(), (x, None)),
        ("discretizer", preprocessing.KBinsDiscretizer(3), (x, None)),
        ("one-hot", preprocessing.OneHotEncoder(handle_unknown="ignore"), (frame[["c"]], None)),
        ("ordinal", preprocessing.OrdinalEncoder(), (frame[["c"]], None)),
        ("label-encoder", preprocessing.LabelEncoder(), (list("abca"), None)),
        ("label-binarizer", preprocessing.LabelBinarizer(), (list("abca"), None)),
        ("function-log1p", preprocessing.FunctionTransformer(np.log1p), (np.abs(x), None)),
        ("simple-imputer", impute.SimpleImputer(), (x, None)),
        ("knn-imputer", impute.KNNImputer(), (x, None)),
        ("missing-indicator", impute.MissingIndicator(), (np.where(x > 1, np.nan, x), None)),
        ("count-vectorizer", feature_extraction.text.CountVectorizer(ngram_range=(1, 2)), (texts, None)),
        ("tfidf-vectorizer", feature_extraction.text.TfidfVectorizer(stop_words="english"), (texts, None)),
        ("hashing-vectorizer", feature_extraction.text.HashingVectorizer(n_features=8), (texts, None)),
        ("dict-vectorizer", feature_extraction.DictVectorizer(), ([{"a": 1, "b": "x"}, {"a": 2}], None)),
        ("select-k-best", feature_selection.SelectKBest(k=2), (x, y)),
        ("select-chi2", feature_selection.SelectPercentile(feature_selection.chi2), (counts, y)),
        ("select-mutual", feature_selection.SelectKBest(feature_selection.mutual_info_classif, k=2), (x, y)),
        ("rfe", feature_selection.RFE(linear_model.LogisticRegression()), (x, y)),
        ("select-from-model", feature_selection.SelectFromModel(linear_model.Lasso(0.01)), (x, z)),
        ("variance", feature_selection.VarianceThreshold(), (x, None)),
        ("random-projection", random_projection.SparseRandomProjection(2, random_state=0), (x, None)),
        ("nystroem", kernel_approximation.Nystroem(random_state=0, n_components=10), (x, None)),
        ("grid-search", model_selection.GridSearchCV(svm.SVC(), {"C": [1, 10]}, cv=3), (x, y)),
        ("grid-search-folds", model_selection.GridSearchCV(
            linear_model.Ridge(), {"alpha": [0.1, 1]}, cv=model_selection.KFold(3), scoring="r2"), (x, z)),
        ("random-search", model_selection.RandomizedSearchCV(
            linear_model.Ridge(), {"alpha": [0.1, 1, 2]}, n_iter=2, random_state=0), (x, z)),
        ("pipeline", pipeline.make_pipeline(preprocessing.StandardScaler(), decomposition.PCA(2), svm.SVC()), (x, y)),
        ("union", pipeline.make_union(decomposition.PCA(2), feature_selection.SelectKBest(k=1)), (x, y)),
        ("text-pipeline", pipeline.make_pipeline(
            feature_extraction.text.TfidfVectorizer(), linear_model.SGDClassifier(random_state=0)), (texts, y)),
        ("column-transformer", pipeline.make_pipeline(
            compose.ColumnTransformer([("n", preprocessing.StandardScaler(), ["a", "b"]),
                                       ("c", preprocessing.OneHotEncoder(), ["c"])]),
            ensemble.RandomForestClassifier(5, random_state=0)), (frame, y)),
        ("target-transform", compose.TransformedTargetRegressor(
            linear_model.Ridge(), func=np.log, inverse_func=np.exp), (x, np.abs(z) + 1)),
        ("sparse-input", svm.SVC(), (sp.csr_matrix(x), y)),
    ):
        try:
            fitted = model.fit(features) if target is None else model.fit(features, target)
        except (TypeError, ValueError) as error:
            raise SystemExit(f"{name}: {error}")
        write(out / f"sklearn-{name}.pkl", fitted)


def other_values(out):
    rng = np.random.RandomState(0)
    dates = pd.date_range("2024-01-01", periods=4, tz="UTC")
    mixed = pd.DataFrame({
        "i": [1, 2, 3, 4], "f": [0.5, np.nan, 1.5, 2.5], "s": list("abcd"), "b": [True, False, True, True],
        "t": dates, "c": pd.Categorical(list("xxyz")), "n": pd.array([1, None, 3, 4], dtype="Int64"),
        "d": pd.to_timedelta([1, 2, 3, 4], unit="D"),
        "p": pd.period_range("2024-01", periods=4, freq="M"), "str": pd.array(list("abcd"), dtype="string")})
    values = {
        "pandas-mixed": mixed,
        "pandas-indexed": mixed.set_index(["i", "s"]),
        "pandas-series": mixed["f"],
        "pandas-interval": pd.Series(pd.cut([1, 2, 3], 2)),
        "pandas-timestamps": [pd.Timestamp("2024-01-01"), pd.Timedelta("1D"), pd.NaT, pd.NA, pd.Period("2024-01", "M")],
        "pandas-datetime-index": pd.DataFrame({"v": range(4)}, index=dates),
        "numpy-array": rng.normal(size=(5, 3)),
        "numpy-object-array": np.array([1, "a", None, {"k": (1, 2)}], dtype=object),
        "numpy-structured": np.array([(1, 2.0, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U4")]),
        "numpy-record": np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        "numpy-masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        "numpy-matrix": np.matrix([[1, 2]]),
        "numpy-scalars": [np.float32(1), np.int64(2), np.bool_(True), np.str_("a"), np.bytes_(b"a"), np.complex64(1j),
                          np.datetime64("2024-01-01", "ns"), np.timedelta64(1, "D"), np.float16(2)],
        "numpy-dtypes": [np.dtype("f8"), np.dtype(">i4"), np.dtype("M8[us]"), np.dtype([("a", "O"), ("b", "U3")]),
                         np.float32, np.int64, np.dtype("S")],
        "numpy-fortran": np.asfortranarray(rng.normal(size=(3, 4))),
        "numpy-ufuncs": [np.log1p, np.exp, np.add, np.mean, np.median],
        "numpy-random-state": np.random.RandomState(1),
        "numpy-polynomial": np.polynomial.Polynomial([1, 2]),
        "numpy-poly1d": np.poly1d([1, 2]),
        "scipy-sparse": [getattr(sp, f"{kind}_matrix")(np.eye(3)) for kind in ("csr", "csc", "coo", "bsr", "lil", "dok", "dia")],
        "scipy-sparse-arrays": [getattr(sp, f"{kind}_array")(np.eye(3)) for kind in ("csr", "csc", "coo")],
        "python-containers": [collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1], 3),
                              collections.defaultdict(list, a=[1]), {1, 2}, frozenset([3]), bytearray(b"x"),
                              complex(1, 2), slice(1, 2), range(3), collections.defaultdict(int, a=2)],
        "python-nested-ordered": collections.OrderedDict(
            (f"layer{n}", collections.OrderedDict(weight=[0.5] * n, bias=n)) for n in range(20)),
        "python-values": [datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc), datetime.date(2024, 1, 1),
                          datetime.timedelta(1), datetime.time(1), decimal.Decimal("1.5"), fractions.Fraction(1, 3),
                          uuid.UUID(int=1), pathlib.PurePosixPath("a/b"), argparse.Namespace(lr=0.1, layers=[1, 2])],
    }
    for bits in ("PCG64", "MT19937", "Philox", "SFC64", "PCG64DXSM"):
        values[f"numpy-generator-{bits}"] = np.random.Generator(getattr(np.random, bits)(7))
        values[f"numpy-bits-{bits}"] = getattr(np.random, bits)(7)
    values["numpy-seed-sequence"] = np.random.SeedSequence(5)
    for name, value in values.items():
        write(out / f"{name}.pkl", value)


def protocols(out):
    x = np.arange(12.0).reshape(6, 2)
    model = tree.DecisionTreeRegressor(random_state=np.random.RandomState(0)).fit(x, x[:, 0])
    nearest = neighbors.KNeighborsRegressor(2, algorithm="kd_tree").fit(x, x[:, 0])
    boosted = ensemble.HistGradientBoostingRegressor(max_iter=2).fit(x, x[:, 0])
    sgd = linear_model.SGDClassifier(random_state=0).fit(x, [0, 1] * 3)
    vectors = feature_extraction.text.TfidfVectorizer().fit(["a word", "two words"])
    frame = pd.DataFrame({"a": [1, 2], "s": ["x", "y"], "t": pd.date_range("2024-01-01", periods=2)})
    objects = [np.array([b"bytes", "text", 1], dtype=object), np.float64(1), b"bytes", bytearray(b"x"), {1}, 1j,
               collections.OrderedDict(a=1), collections.deque([1]), np.random.default_rng(0), sp.eye(2).tocsr(),
               frozenset([1]), datetime.datetime(2024, 1, 1), decimal.Decimal(1), uuid.UUID(int=3)]
    for protocol in PROTOCOLS:
        for name, value in (("tree", model), ("kd-tree", nearest), ("hist-boosting", boosted), ("sgd", sgd),
                            ("tfidf", vectors), ("frame", frame), ("objects", objects)):
            write(out / f"protocol{protocol}-{name}.pkl", value, protocol)


def joblib_files(out):
    x = np.arange(24.0).reshape(12, 2)
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(x, x[:, 0])
    arrays = {"a": x, "objects": np.array(["x", None, (1, 2)], dtype=object), "f": np.asfortranarray(x),
              "m": np.matrix(x), "times": np.array(["2024-01-01"], dtype="M8[D]")}
    frame = pd.DataFrame({"a": x[:, 0], "s": ["x"] * 12})
    for suffix, compress in (("raw", 0), ("zlib", ("zlib", 3)), ("gzip", ("gzip", 3)), ("bz2", ("bz2", 3)),
                             ("xz", ("xz", 3)), ("lzma", ("lzma", 3))):
        joblib.dump(model, out / f"joblib-forest-{suffix}.joblib", compress=compress)
        joblib.dump(arrays, out / f"joblib-arrays-{suffix}.joblib", compress=compress)
    joblib.dump(frame, out / "joblib-frame.joblib")
    joblib.dump(neighbors.KNeighborsClassifier(2).fit(x, [0, 1] * 6), out / "joblib-neighbors.joblib")
    for protocol in (2, 3, 5):
        joblib.dump(model, out / f"joblib-forest-protocol{protocol}.joblib", protocol=protocol)
        joblib.dump(arrays, out / f"joblib-arrays-protocol{protocol}.joblib", protocol=protocol)


def numpy_files(out):
    x = np.arange(24.0).reshape(12, 2)
    np.save(out / "array.npy", x)
    np.save(out / "array-fortran.npy", np.asfortranarray(x))
    np.save(out / "array-structured.npy", np.zeros(3, dtype=[("a", "i4"), ("b", "f8", (2,))]))
    np.save(out / "array-objects.npy", np.array([1, "a", None, {"k": x}], dtype=object), allow_pickle=True)
    np.savez(out / "arrays.npz", x=x, y=x.astype("f4"))
    np.savez_compressed(out / "arrays-compressed.npz", x=x, objects=np.array([{"a": 1}], dtype=object))


def boosters(out):
    x = np.arange(80.0).reshape(40, 2)
    y = (x[:, 0] > 30).astype(int)
    try:
        import xgboost
        write(out / "xgboost-classifier.pkl", xgboost.XGBClassifier(n_estimators=2).fit(x, y))
    except ImportError:
        pass
    try:
        import lightgbm
        write(out / "lightgbm-classifier.pkl", lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(x, y))
        write(out / "lightgbm-booster.pkl", lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(x, y).booster_)
    except ImportError:
        pass


def write(path, value, protocol=pickle.DEFAULT_PROTOCOL):
    path.write_bytes(as_pickle(value, protocol))


def as_pickle(value, protocol):
    into = io.BytesIO()
    pickle.Pickler(into, protocol).dump(value)
    return into.getvalue()


if __name__ == "__main__":
    main()
