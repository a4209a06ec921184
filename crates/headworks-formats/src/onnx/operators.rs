//! What operators do to what flows through them, as far as the search for backdoors asks.

/// What an operator does to what flows through it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Class {
    /// Moves or computes values.
    #[default]
    Plain,
    /// Multiplies with weights, when one of its inputs is weights.
    Parametric,
    /// Has weights in its attributes.
    Learned,
    /// Looks rows up, in weights or in anything.
    Lookup,
    /// Tells something of the shape, and nothing of the content.
    Shape,
    /// Makes values from nothing.
    Source,
    /// Compares.
    Comparison,
    /// Makes few values out of many.
    Reduction,
    /// Makes few values out of many, the largest.
    Extremum,
    /// Takes a part, which may be one value.
    Slice,
    /// Is no straight line.
    Nonlinear,
    /// Is a straight line plus another.
    Additive,
    /// Takes the larger or the smaller.
    Clamping,
    /// Scales, or masks.
    Product,
    /// Takes one value or the other, element by element.
    Choice,
    /// Takes one branch or the other.
    Branch,
    /// Runs its body again and again; the first output of that says whether to go on.
    Loop,
    /// Is a constant.
    Constant,
}

/// The class of `operator`, whatever its domain: contributed operators are named after what they do.
pub(super) fn class(operator: &str) -> Class {
    match operator {
        "Conv"
        | "ConvInteger"
        | "ConvTranspose"
        | "DeformConv"
        | "Einsum"
        | "FusedConv"
        | "FusedGemm"
        | "FusedMatMul"
        | "FusedMatMulActivation"
        | "GRU"
        | "Gemm"
        | "GemmFastGelu"
        | "GemmFloat8"
        | "LSTM"
        | "MatMul"
        | "MatMulBnb4"
        | "MatMulFpQ4"
        | "MatMulInteger"
        | "MatMulInteger16"
        | "MatMulIntegerToFloat"
        | "MatMulNBits"
        | "MoE"
        | "NhwcConv"
        | "NhwcFusedConv"
        | "QAttention"
        | "QGemm"
        | "QLinearConv"
        | "QLinearConvTranspose"
        | "QLinearMatMul"
        | "QMoE"
        | "QOrderedMatMul"
        | "RNN"
        | "TransposeMatMul"
        | "DynamicQuantizeMatMul"
        | "DynamicQuantizeLSTM"
        | "Attention"
        | "DecoderMaskedSelfAttention"
        | "EmbedLayerNormalization"
        | "GroupQueryAttention"
        | "MultiHeadAttention"
        | "PackedAttention"
        | "PackedMultiHeadAttention"
        | "QEmbedLayerNormalization"
        | "LongformerAttention" => Class::Parametric,
        "LinearClassifier"
        | "LinearRegressor"
        | "SVMClassifier"
        | "SVMRegressor"
        | "TreeEnsemble"
        | "TreeEnsembleClassifier"
        | "TreeEnsembleRegressor" => Class::Learned,
        "Gather" | "GatherND" | "GatherElements" | "GatherBlockQuantized" | "ArrayFeatureExtractor" => Class::Lookup,
        "Shape" | "Size" | "SequenceLength" => Class::Shape,
        "RandomNormal" | "RandomNormalLike" | "RandomUniform" | "RandomUniformLike" | "EyeLike" => Class::Source,
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "IsNaN" | "IsInf" | "RegexFullMatch" => {
            Class::Comparison
        }
        "ReduceL1" | "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMean" | "ReduceProd" | "ReduceSum"
        | "ReduceSumSquare" | "AveragePool" | "GlobalAveragePool" | "GlobalLpPool" | "LpPool" | "ArgMax" | "ArgMin"
        | "TopK" => Class::Reduction,
        "ReduceMax" | "ReduceMin" | "MaxPool" | "GlobalMaxPool" => Class::Extremum,
        "Slice" | "Split" => Class::Slice,
        "Relu" | "LeakyRelu" | "ThresholdedRelu" | "Sign" | "Sigmoid" | "HardSigmoid" | "Tanh" | "Exp" | "Floor"
        | "Ceil" | "Round" | "Softplus" | "Elu" | "Selu" | "Celu" | "Binarizer" | "Hardmax" => Class::Nonlinear,
        "Add" | "Sub" | "Sum" => Class::Additive,
        "Max" | "Min" => Class::Clamping,
        "Mul" => Class::Product,
        "Where" => Class::Choice,
        "If" => Class::Branch,
        "Loop" => Class::Loop,
        "Constant" => Class::Constant,
        _ => Class::Plain,
    }
}
