//! Callees that change how the bytes that follow are read, or what a tensor covers.

/// What the machine must know of a callee beyond its name. It never excuses an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Other,
    /// `numpy.dtype`: its string and state give the bytes of one element.
    NumpyDtype,
    /// joblib's wrapper: after its BUILD the array's bytes lie inside the stream.
    JoblibArray,
    /// joblib's older wrapper, whose array is a file of its own beside the pickle.
    JoblibFile,
    /// `copyreg`'s functions that make an instance of their first argument.
    Reconstructor,
    /// `torch._utils._rebuild_tensor` and its kin: storage, offset, size, stride.
    TorchTensor,
    /// `torch._utils._rebuild_parameter`, which returns its first argument in a wrapper.
    TorchParameter,
    /// `collections.OrderedDict`, of which torch makes the dictionary of a model's weights.
    OrderedDict,
    /// `_rebuild_tensor_v3`, whose storage is untyped: the data type is its seventh argument.
    TorchUntypedTensor,
}

impl Role {
    pub(super) fn of(module: &str, name: &str) -> Self {
        match (module, name) {
            ("numpy", "dtype") => Self::NumpyDtype,
            ("copyreg", "_reconstructor" | "__newobj__" | "__newobj_ex__") => Self::Reconstructor,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_qtensor") => Self::TorchTensor,
            ("torch._utils", "_rebuild_tensor_v3") => Self::TorchUntypedTensor,
            ("torch._utils", "_rebuild_parameter") => Self::TorchParameter,
            ("collections", "OrderedDict") => Self::OrderedDict,
            (_, "NumpyArrayWrapper") if is_joblib(module) => Self::JoblibArray,
            (_, "NDArrayWrapper" | "ZNDArrayWrapper") if is_joblib(module) => Self::JoblibFile,
            _ => Self::Other,
        }
    }
}

/// scikit-learn shipped a copy of joblib until 0.23, and its files name that copy.
fn is_joblib(module: &str) -> bool {
    let inner = module.strip_prefix("sklearn.externals.").unwrap_or(module);
    matches!(inner, "joblib.numpy_pickle" | "joblib.numpy_pickle_compat")
}
