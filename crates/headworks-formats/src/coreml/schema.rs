//! The messages of Core ML's `Model.proto` and of what it imports, of coremltools 9.0, by their field numbers.

use crate::message::Kind::{Bytes as B, Inner as I, Number as N};
use crate::message::Schema;

/// A file.
#[rustfmt::skip]
pub(super) static MODEL: Schema = Schema { name: "Model", fields: &[
    (1, N), (2, I(&MODEL_DESCRIPTION)), (10, N), (200, I(&PIPELINE_CLASSIFIER)), (201, I(&PIPELINE_REGRESSOR)),
    (202, I(&PIPELINE)), (300, I(&GLM_REGRESSOR)), (301, I(&SUPPORT_VECTOR_REGRESSOR)), (302, I(&TREE_ENSEMBLE_REGRESSOR)), (303, I(&NEURAL_NETWORK_REGRESSOR)), (304, I(&BAYESIAN_PROBIT_REGRESSOR)), (400, I(&GLM_CLASSIFIER)), (401, I(&SUPPORT_VECTOR_CLASSIFIER)), (402, I(&TREE_ENSEMBLE_CLASSIFIER)), (403, I(&NEURAL_NETWORK_CLASSIFIER)), (404, I(&K_NEAREST_NEIGHBORS_CLASSIFIER)), (500, I(&NEURAL_NETWORK)), (501, I(&ITEM_SIMILARITY_RECOMMENDER)), (502, I(&MIL_SPEC_PROGRAM)), (555, I(&CUSTOM_MODEL)), (556, I(&LINKED_MODEL)),
    (560, I(&CLASS_CONFIDENCE_THRESHOLDING)), (600, I(&ONE_HOT_ENCODER)), (601, I(&IMPUTER)), (602, I(&FEATURE_VECTORIZER)), (603, I(&DICT_VECTORIZER)), (604, I(&SCALER)), (606, I(&CATEGORICAL_MAPPING)), (607, I(&NORMALIZER)), (609, I(&ARRAY_FEATURE_EXTRACTOR)), (610, I(&NON_MAXIMUM_SUPPRESSION)), (900, I(&IDENTITY)),
    (2000, I(&CORE_ML_MODELS_TEXT_CLASSIFIER)), (2001, I(&CORE_ML_MODELS_WORD_TAGGER)), (2002, I(&CORE_ML_MODELS_VISION_FEATURE_PRINT)), (2003, I(&CORE_ML_MODELS_SOUND_ANALYSIS_PREPROCESSING)), (2004, I(&CORE_ML_MODELS_GAZETTEER)), (2005, I(&CORE_ML_MODELS_WORD_EMBEDDING)), (2006, I(&CORE_ML_MODELS_AUDIO_FEATURE_PRINT)), (3000, I(&SERIALIZED_MODEL)),
] };
#[rustfmt::skip]
pub(super) static MODEL_DESCRIPTION: Schema = Schema { name: "ModelDescription", fields: &[
    (1, I(&FEATURE_DESCRIPTION)), (10, I(&FEATURE_DESCRIPTION)), (11, B), (12, B), (13, I(&FEATURE_DESCRIPTION)),
    (20, I(&FUNCTION_DESCRIPTION)), (21, B), (50, I(&FEATURE_DESCRIPTION)), (100, I(&METADATA)),
] };
#[rustfmt::skip]
static FUNCTION_DESCRIPTION: Schema = Schema { name: "FunctionDescription", fields: &[
    (1, B), (2, I(&FEATURE_DESCRIPTION)), (3, I(&FEATURE_DESCRIPTION)), (4, B), (5, B), (6, I(&FEATURE_DESCRIPTION)),
] };
#[rustfmt::skip]
static FEATURE_DESCRIPTION: Schema = Schema { name: "FeatureDescription", fields: &[
    (1, B), (2, B), (3, I(&FEATURE_TYPE)),
] };
#[rustfmt::skip]
static FEATURE_TYPE: Schema = Schema { name: "FeatureType", fields: &[
    (1, I(&INT64_FEATURE_TYPE)), (2, I(&DOUBLE_FEATURE_TYPE)), (3, I(&STRING_FEATURE_TYPE)), (4, I(&IMAGE_FEATURE_TYPE)), (5, I(&ARRAY_FEATURE_TYPE)), (6, I(&DICTIONARY_FEATURE_TYPE)), (7, I(&SEQUENCE_FEATURE_TYPE)), (8, I(&STATE_FEATURE_TYPE)), (1000, N),
] };
static INT64_FEATURE_TYPE: Schema = Schema { name: "Int64FeatureType", fields: &[] };
static DOUBLE_FEATURE_TYPE: Schema = Schema { name: "DoubleFeatureType", fields: &[] };
static STRING_FEATURE_TYPE: Schema = Schema { name: "StringFeatureType", fields: &[] };
#[rustfmt::skip]
static IMAGE_FEATURE_TYPE: Schema = Schema { name: "ImageFeatureType", fields: &[
    (1, N), (2, N), (3, N), (21, I(&IMAGE_FEATURE_TYPE_ENUMERATED_IMAGE_SIZES)), (31, I(&IMAGE_FEATURE_TYPE_IMAGE_SIZE_RANGE)),
] };
#[rustfmt::skip]
static IMAGE_FEATURE_TYPE_ENUMERATED_IMAGE_SIZES: Schema = Schema { name: "EnumeratedImageSizes", fields: &[
    (1, I(&IMAGE_FEATURE_TYPE_IMAGE_SIZE)),
] };
static IMAGE_FEATURE_TYPE_IMAGE_SIZE: Schema = Schema { name: "ImageSize", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static IMAGE_FEATURE_TYPE_IMAGE_SIZE_RANGE: Schema = Schema { name: "ImageSizeRange", fields: &[
    (1, I(&SIZE_RANGE)), (2, I(&SIZE_RANGE)),
] };
static SIZE_RANGE: Schema = Schema { name: "SizeRange", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static ARRAY_FEATURE_TYPE: Schema = Schema { name: "ArrayFeatureType", fields: &[
    (1, N), (2, N), (21, I(&ARRAY_FEATURE_TYPE_ENUMERATED_SHAPES)), (31, I(&ARRAY_FEATURE_TYPE_SHAPE_RANGE)), (41, N), (51, N), (61, N),
] };
#[rustfmt::skip]
static ARRAY_FEATURE_TYPE_ENUMERATED_SHAPES: Schema = Schema { name: "EnumeratedShapes", fields: &[
    (1, I(&ARRAY_FEATURE_TYPE_SHAPE)),
] };
static ARRAY_FEATURE_TYPE_SHAPE: Schema = Schema { name: "Shape", fields: &[(1, N)] };
static ARRAY_FEATURE_TYPE_SHAPE_RANGE: Schema = Schema { name: "ShapeRange", fields: &[(1, I(&SIZE_RANGE))] };
#[rustfmt::skip]
static DICTIONARY_FEATURE_TYPE: Schema = Schema { name: "DictionaryFeatureType", fields: &[
    (1, I(&INT64_FEATURE_TYPE)), (2, I(&STRING_FEATURE_TYPE)),
] };
#[rustfmt::skip]
static SEQUENCE_FEATURE_TYPE: Schema = Schema { name: "SequenceFeatureType", fields: &[
    (1, I(&INT64_FEATURE_TYPE)), (3, I(&STRING_FEATURE_TYPE)), (101, I(&SIZE_RANGE)),
] };
static STATE_FEATURE_TYPE: Schema = Schema { name: "StateFeatureType", fields: &[(1, I(&ARRAY_FEATURE_TYPE))] };
#[rustfmt::skip]
static METADATA: Schema = Schema { name: "Metadata", fields: &[
    (1, B), (2, B), (3, B), (4, B), (100, I(&METADATA_USER_DEFINED_ENTRY)),
] };
static METADATA_USER_DEFINED_ENTRY: Schema = Schema { name: "UserDefinedEntry", fields: &[(1, B), (2, B)] };
static PIPELINE_CLASSIFIER: Schema = Schema { name: "PipelineClassifier", fields: &[(1, I(&PIPELINE))] };
static PIPELINE: Schema = Schema { name: "Pipeline", fields: &[(1, I(&MODEL)), (2, B)] };
static PIPELINE_REGRESSOR: Schema = Schema { name: "PipelineRegressor", fields: &[(1, I(&PIPELINE))] };
#[rustfmt::skip]
static GLM_REGRESSOR: Schema = Schema { name: "GLMRegressor", fields: &[
    (1, I(&GLM_REGRESSOR_DOUBLE_ARRAY)), (2, N), (3, N),
] };
static GLM_REGRESSOR_DOUBLE_ARRAY: Schema = Schema { name: "DoubleArray", fields: &[(1, N)] };
#[rustfmt::skip]
static SUPPORT_VECTOR_REGRESSOR: Schema = Schema { name: "SupportVectorRegressor", fields: &[
    (1, I(&KERNEL)), (2, I(&SPARSE_SUPPORT_VECTORS)), (3, I(&DENSE_SUPPORT_VECTORS)), (4, I(&COEFFICIENTS)), (5, N),
] };
#[rustfmt::skip]
static KERNEL: Schema = Schema { name: "Kernel", fields: &[
    (1, I(&LINEAR_KERNEL)), (2, I(&RBF_KERNEL)), (3, I(&POLY_KERNEL)), (4, I(&SIGMOID_KERNEL)),
] };
static LINEAR_KERNEL: Schema = Schema { name: "LinearKernel", fields: &[] };
static RBF_KERNEL: Schema = Schema { name: "RBFKernel", fields: &[(1, N)] };
static POLY_KERNEL: Schema = Schema { name: "PolyKernel", fields: &[(1, N), (2, N), (3, N)] };
static SIGMOID_KERNEL: Schema = Schema { name: "SigmoidKernel", fields: &[(1, N), (2, N)] };
static SPARSE_SUPPORT_VECTORS: Schema = Schema { name: "SparseSupportVectors", fields: &[(1, I(&SPARSE_VECTOR))] };
static SPARSE_VECTOR: Schema = Schema { name: "SparseVector", fields: &[(1, I(&SPARSE_NODE))] };
static SPARSE_NODE: Schema = Schema { name: "SparseNode", fields: &[(1, N), (2, N)] };
static DENSE_SUPPORT_VECTORS: Schema = Schema { name: "DenseSupportVectors", fields: &[(1, I(&DENSE_VECTOR))] };
static DENSE_VECTOR: Schema = Schema { name: "DenseVector", fields: &[(1, N)] };
static COEFFICIENTS: Schema = Schema { name: "Coefficients", fields: &[(1, N)] };
#[rustfmt::skip]
static TREE_ENSEMBLE_REGRESSOR: Schema = Schema { name: "TreeEnsembleRegressor", fields: &[
    (1, I(&TREE_ENSEMBLE_PARAMETERS)), (2, N),
] };
#[rustfmt::skip]
static TREE_ENSEMBLE_PARAMETERS: Schema = Schema { name: "TreeEnsembleParameters", fields: &[
    (1, I(&TREE_ENSEMBLE_PARAMETERS_TREE_NODE)), (2, N), (3, N),
] };
#[rustfmt::skip]
static TREE_ENSEMBLE_PARAMETERS_TREE_NODE: Schema = Schema { name: "TreeNode", fields: &[
    (1, N), (2, N), (3, N), (10, N), (11, N), (12, N), (13, N), (14, N), (20, I(&TREE_ENSEMBLE_PARAMETERS_TREE_NODE_EVALUATION_INFO)), (30, N),
] };
#[rustfmt::skip]
static TREE_ENSEMBLE_PARAMETERS_TREE_NODE_EVALUATION_INFO: Schema = Schema { name: "EvaluationInfo", fields: &[
    (1, N), (2, N),
] };
#[rustfmt::skip]
static NEURAL_NETWORK_REGRESSOR: Schema = Schema { name: "NeuralNetworkRegressor", fields: &[
    (1, I(&NEURAL_NETWORK_LAYER)), (2, I(&NEURAL_NETWORK_PREPROCESSING)), (5, N), (6, N), (10, I(&NETWORK_UPDATE_PARAMETERS)),
] };
#[rustfmt::skip]
static NEURAL_NETWORK_LAYER: Schema = Schema { name: "NeuralNetworkLayer", fields: &[
    (1, B), (2, B), (3, B), (4, I(&TENSOR)), (5, I(&TENSOR)), (10, N), (100, I(&CONVOLUTION_LAYER_PARAMS)), (120, I(&POOLING_LAYER_PARAMS)), (130, I(&ACTIVATION_PARAMS)), (140, I(&INNER_PRODUCT_LAYER_PARAMS)), (150, I(&EMBEDDING_LAYER_PARAMS)), (160, I(&BATCHNORM_LAYER_PARAMS)), (165, I(&MEAN_VARIANCE_NORMALIZE_LAYER_PARAMS)),
    (170, I(&L2_NORMALIZE_LAYER_PARAMS)), (175, I(&SOFTMAX_LAYER_PARAMS)), (180, I(&LRN_LAYER_PARAMS)), (190, I(&CROP_LAYER_PARAMS)), (200, I(&PADDING_LAYER_PARAMS)), (210, I(&UPSAMPLE_LAYER_PARAMS)), (211, I(&RESIZE_BILINEAR_LAYER_PARAMS)), (212, I(&CROP_RESIZE_LAYER_PARAMS)), (220, I(&UNARY_FUNCTION_LAYER_PARAMS)),
    (230, I(&ADD_LAYER_PARAMS)), (231, I(&MULTIPLY_LAYER_PARAMS)), (240, I(&AVERAGE_LAYER_PARAMS)), (245, I(&SCALE_LAYER_PARAMS)), (250, I(&BIAS_LAYER_PARAMS)), (260, I(&MAX_LAYER_PARAMS)), (261, I(&MIN_LAYER_PARAMS)),
    (270, I(&DOT_PRODUCT_LAYER_PARAMS)), (280, I(&REDUCE_LAYER_PARAMS)), (290, I(&LOAD_CONSTANT_LAYER_PARAMS)),
    (300, I(&RESHAPE_LAYER_PARAMS)), (301, I(&FLATTEN_LAYER_PARAMS)), (310, I(&PERMUTE_LAYER_PARAMS)), (320, I(&CONCAT_LAYER_PARAMS)), (330, I(&SPLIT_LAYER_PARAMS)), (340, I(&SEQUENCE_REPEAT_LAYER_PARAMS)), (345, I(&REORGANIZE_DATA_LAYER_PARAMS)), (350, I(&SLICE_LAYER_PARAMS)), (400, I(&SIMPLE_RECURRENT_LAYER_PARAMS)),
    (410, I(&GRU_LAYER_PARAMS)), (420, I(&UNI_DIRECTIONAL_LSTM_LAYER_PARAMS)), (430, I(&BI_DIRECTIONAL_LSTM_LAYER_PARAMS)), (500, I(&CUSTOM_LAYER_PARAMS)), (600, I(&COPY_LAYER_PARAMS)), (605, I(&BRANCH_LAYER_PARAMS)), (615, I(&LOOP_LAYER_PARAMS)), (620, I(&LOOP_BREAK_LAYER_PARAMS)), (625, I(&LOOP_CONTINUE_LAYER_PARAMS)), (635, I(&RANGE_STATIC_LAYER_PARAMS)), (640, I(&RANGE_DYNAMIC_LAYER_PARAMS)),
    (660, I(&CLIP_LAYER_PARAMS)), (665, I(&CEIL_LAYER_PARAMS)), (670, I(&FLOOR_LAYER_PARAMS)), (680, I(&SIGN_LAYER_PARAMS)), (685, I(&ROUND_LAYER_PARAMS)), (700, I(&EXP2_LAYER_PARAMS)), (710, I(&SIN_LAYER_PARAMS)), (715, I(&COS_LAYER_PARAMS)), (720, I(&TAN_LAYER_PARAMS)), (730, I(&ASIN_LAYER_PARAMS)),
    (735, I(&ACOS_LAYER_PARAMS)), (740, I(&ATAN_LAYER_PARAMS)), (750, I(&SINH_LAYER_PARAMS)), (755, I(&COSH_LAYER_PARAMS)), (760, I(&TANH_LAYER_PARAMS)), (770, I(&ASINH_LAYER_PARAMS)), (775, I(&ACOSH_LAYER_PARAMS)), (780, I(&ATANH_LAYER_PARAMS)), (790, I(&ERF_LAYER_PARAMS)), (795, I(&GELU_LAYER_PARAMS)), (815, I(&EQUAL_LAYER_PARAMS)), (820, I(&NOT_EQUAL_LAYER_PARAMS)), (825, I(&LESS_THAN_LAYER_PARAMS)), (827, I(&LESS_EQUAL_LAYER_PARAMS)), (830, I(&GREATER_THAN_LAYER_PARAMS)), (832, I(&GREATER_EQUAL_LAYER_PARAMS)), (840, I(&LOGICAL_OR_LAYER_PARAMS)), (845, I(&LOGICAL_XOR_LAYER_PARAMS)), (850, I(&LOGICAL_NOT_LAYER_PARAMS)), (855, I(&LOGICAL_AND_LAYER_PARAMS)), (865, I(&MOD_BROADCASTABLE_LAYER_PARAMS)),
    (870, I(&MIN_BROADCASTABLE_LAYER_PARAMS)), (875, I(&MAX_BROADCASTABLE_LAYER_PARAMS)), (880, I(&ADD_BROADCASTABLE_LAYER_PARAMS)), (885, I(&POW_BROADCASTABLE_LAYER_PARAMS)), (890, I(&DIVIDE_BROADCASTABLE_LAYER_PARAMS)), (895, I(&FLOOR_DIV_BROADCASTABLE_LAYER_PARAMS)), (900, I(&MULTIPLY_BROADCASTABLE_LAYER_PARAMS)), (905, I(&SUBTRACT_BROADCASTABLE_LAYER_PARAMS)), (920, I(&TILE_LAYER_PARAMS)), (925, I(&STACK_LAYER_PARAMS)), (930, I(&GATHER_LAYER_PARAMS)), (935, I(&SCATTER_LAYER_PARAMS)), (940, I(&GATHER_ND_LAYER_PARAMS)), (945, I(&SCATTER_ND_LAYER_PARAMS)), (950, I(&SOFTMAX_ND_LAYER_PARAMS)), (952, I(&GATHER_ALONG_AXIS_LAYER_PARAMS)), (954, I(&SCATTER_ALONG_AXIS_LAYER_PARAMS)), (960, I(&REVERSE_LAYER_PARAMS)), (965, I(&REVERSE_SEQ_LAYER_PARAMS)),
    (975, I(&SPLIT_ND_LAYER_PARAMS)), (980, I(&CONCAT_ND_LAYER_PARAMS)), (985, I(&TRANSPOSE_LAYER_PARAMS)), (995, I(&SLICE_STATIC_LAYER_PARAMS)), (1000, I(&SLICE_DYNAMIC_LAYER_PARAMS)), (1005, I(&SLIDING_WINDOWS_LAYER_PARAMS)), (1015, I(&TOP_K_LAYER_PARAMS)), (1020, I(&ARG_MIN_LAYER_PARAMS)), (1025, I(&ARG_MAX_LAYER_PARAMS)), (1040, I(&EMBEDDING_ND_LAYER_PARAMS)), (1045, I(&BATCHED_MAT_MUL_LAYER_PARAMS)),
    (1065, I(&GET_SHAPE_LAYER_PARAMS)), (1070, I(&LOAD_CONSTANT_ND_LAYER_PARAMS)), (1080, I(&FILL_LIKE_LAYER_PARAMS)), (1085, I(&FILL_STATIC_LAYER_PARAMS)), (1090, I(&FILL_DYNAMIC_LAYER_PARAMS)), (1100, I(&BROADCAST_TO_LIKE_LAYER_PARAMS)), (1105, I(&BROADCAST_TO_STATIC_LAYER_PARAMS)), (1110, I(&BROADCAST_TO_DYNAMIC_LAYER_PARAMS)), (1120, I(&SQUEEZE_LAYER_PARAMS)), (1125, I(&EXPAND_DIMS_LAYER_PARAMS)),
    (1130, I(&FLATTEN_TO2_D_LAYER_PARAMS)), (1135, I(&RESHAPE_LIKE_LAYER_PARAMS)), (1140, I(&RESHAPE_STATIC_LAYER_PARAMS)), (1145, I(&RESHAPE_DYNAMIC_LAYER_PARAMS)), (1150, I(&RANK_PRESERVING_RESHAPE_LAYER_PARAMS)), (1155, I(&CONSTANT_PADDING_LAYER_PARAMS)), (1170, I(&RANDOM_NORMAL_LIKE_LAYER_PARAMS)), (1175, I(&RANDOM_NORMAL_STATIC_LAYER_PARAMS)), (1180, I(&RANDOM_NORMAL_DYNAMIC_LAYER_PARAMS)), (1190, I(&RANDOM_UNIFORM_LIKE_LAYER_PARAMS)), (1195, I(&RANDOM_UNIFORM_STATIC_LAYER_PARAMS)), (1200, I(&RANDOM_UNIFORM_DYNAMIC_LAYER_PARAMS)), (1210, I(&RANDOM_BERNOULLI_LIKE_LAYER_PARAMS)), (1215, I(&RANDOM_BERNOULLI_STATIC_LAYER_PARAMS)), (1220, I(&RANDOM_BERNOULLI_DYNAMIC_LAYER_PARAMS)), (1230, I(&CATEGORICAL_DISTRIBUTION_LAYER_PARAMS)), (1250, I(&REDUCE_L1_LAYER_PARAMS)), (1255, I(&REDUCE_L2_LAYER_PARAMS)), (1260, I(&REDUCE_MAX_LAYER_PARAMS)), (1265, I(&REDUCE_MIN_LAYER_PARAMS)), (1270, I(&REDUCE_SUM_LAYER_PARAMS)), (1275, I(&REDUCE_PROD_LAYER_PARAMS)), (1280, I(&REDUCE_MEAN_LAYER_PARAMS)), (1285, I(&REDUCE_LOG_SUM_LAYER_PARAMS)), (1290, I(&REDUCE_SUM_SQUARE_LAYER_PARAMS)), (1295, I(&REDUCE_LOG_SUM_EXP_LAYER_PARAMS)), (1313, I(&WHERE_NON_ZERO_LAYER_PARAMS)), (1315, I(&MATRIX_BAND_PART_LAYER_PARAMS)), (1320, I(&LOWER_TRIANGULAR_LAYER_PARAMS)), (1325, I(&UPPER_TRIANGULAR_LAYER_PARAMS)), (1330, I(&WHERE_BROADCASTABLE_LAYER_PARAMS)), (1350, I(&LAYER_NORMALIZATION_LAYER_PARAMS)), (1400, I(&NON_MAXIMUM_SUPPRESSION_LAYER_PARAMS)), (1450, I(&ONE_HOT_LAYER_PARAMS)), (1455, I(&CUM_SUM_LAYER_PARAMS)),
    (1460, I(&CLAMPED_RE_LU_LAYER_PARAMS)), (1461, I(&ARG_SORT_LAYER_PARAMS)), (1465, I(&POOLING3_D_LAYER_PARAMS)),
    (1466, I(&GLOBAL_POOLING3_D_LAYER_PARAMS)), (1470, I(&SLICE_BY_SIZE_LAYER_PARAMS)), (1471, I(&CONVOLUTION3_D_LAYER_PARAMS)),
] };
static TENSOR: Schema = Schema { name: "Tensor", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static CONVOLUTION_LAYER_PARAMS: Schema = Schema { name: "ConvolutionLayerParams", fields: &[
    (1, N), (2, N), (10, N), (20, N), (30, N), (40, N), (50, I(&VALID_PADDING)), (51, I(&SAME_PADDING)), (60, N),
    (70, N), (90, I(&WEIGHT_PARAMS)), (91, I(&WEIGHT_PARAMS)), (100, N),
] };
static VALID_PADDING: Schema = Schema { name: "ValidPadding", fields: &[(1, I(&BORDER_AMOUNTS))] };
static BORDER_AMOUNTS: Schema = Schema { name: "BorderAmounts", fields: &[(10, I(&BORDER_AMOUNTS_EDGE_SIZES))] };
static BORDER_AMOUNTS_EDGE_SIZES: Schema = Schema { name: "EdgeSizes", fields: &[(1, N), (2, N)] };
static SAME_PADDING: Schema = Schema { name: "SamePadding", fields: &[(1, N)] };
#[rustfmt::skip]
static WEIGHT_PARAMS: Schema = Schema { name: "WeightParams", fields: &[
    (1, N), (2, B), (30, B), (31, B), (40, I(&QUANTIZATION_PARAMS)), (50, N),
] };
#[rustfmt::skip]
static QUANTIZATION_PARAMS: Schema = Schema { name: "QuantizationParams", fields: &[
    (1, N), (101, I(&LINEAR_QUANTIZATION_PARAMS)), (102, I(&LOOK_UP_TABLE_QUANTIZATION_PARAMS)),
] };
static LINEAR_QUANTIZATION_PARAMS: Schema = Schema { name: "LinearQuantizationParams", fields: &[(1, N), (2, N)] };
static LOOK_UP_TABLE_QUANTIZATION_PARAMS: Schema = Schema { name: "LookUpTableQuantizationParams", fields: &[(1, N)] };
#[rustfmt::skip]
static POOLING_LAYER_PARAMS: Schema = Schema { name: "PoolingLayerParams", fields: &[
    (1, N), (10, N), (20, N), (30, I(&VALID_PADDING)), (31, I(&SAME_PADDING)), (32, I(&POOLING_LAYER_PARAMS_VALID_COMPLETE_PADDING)), (50, N), (60, N),
] };
#[rustfmt::skip]
static POOLING_LAYER_PARAMS_VALID_COMPLETE_PADDING: Schema = Schema { name: "ValidCompletePadding", fields: &[
    (10, N),
] };
#[rustfmt::skip]
static ACTIVATION_PARAMS: Schema = Schema { name: "ActivationParams", fields: &[
    (5, I(&ACTIVATION_LINEAR)), (10, I(&ACTIVATION_RE_LU)), (15, I(&ACTIVATION_LEAKY_RE_LU)), (20, I(&ACTIVATION_THRESHOLDED_RE_LU)), (25, I(&ACTIVATION_P_RE_LU)), (30, I(&ACTIVATION_TANH)), (31, I(&ACTIVATION_SCALED_TANH)), (40, I(&ACTIVATION_SIGMOID)), (41, I(&ACTIVATION_SIGMOID_HARD)), (50, I(&ACTIVATION_ELU)), (60, I(&ACTIVATION_SOFTSIGN)), (70, I(&ACTIVATION_SOFTPLUS)), (71, I(&ACTIVATION_PARAMETRIC_SOFTPLUS)),
] };
static ACTIVATION_LINEAR: Schema = Schema { name: "ActivationLinear", fields: &[(1, N), (2, N)] };
static ACTIVATION_RE_LU: Schema = Schema { name: "ActivationReLU", fields: &[] };
static ACTIVATION_LEAKY_RE_LU: Schema = Schema { name: "ActivationLeakyReLU", fields: &[(1, N)] };
static ACTIVATION_THRESHOLDED_RE_LU: Schema = Schema { name: "ActivationThresholdedReLU", fields: &[(1, N)] };
static ACTIVATION_P_RE_LU: Schema = Schema { name: "ActivationPReLU", fields: &[(1, I(&WEIGHT_PARAMS))] };
static ACTIVATION_TANH: Schema = Schema { name: "ActivationTanh", fields: &[] };
static ACTIVATION_SCALED_TANH: Schema = Schema { name: "ActivationScaledTanh", fields: &[(1, N), (2, N)] };
static ACTIVATION_SIGMOID: Schema = Schema { name: "ActivationSigmoid", fields: &[] };
static ACTIVATION_SIGMOID_HARD: Schema = Schema { name: "ActivationSigmoidHard", fields: &[(1, N), (2, N)] };
static ACTIVATION_ELU: Schema = Schema { name: "ActivationELU", fields: &[(1, N)] };
static ACTIVATION_SOFTSIGN: Schema = Schema { name: "ActivationSoftsign", fields: &[] };
static ACTIVATION_SOFTPLUS: Schema = Schema { name: "ActivationSoftplus", fields: &[] };
#[rustfmt::skip]
static ACTIVATION_PARAMETRIC_SOFTPLUS: Schema = Schema { name: "ActivationParametricSoftplus", fields: &[
    (1, I(&WEIGHT_PARAMS)), (2, I(&WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static INNER_PRODUCT_LAYER_PARAMS: Schema = Schema { name: "InnerProductLayerParams", fields: &[
    (1, N), (2, N), (10, N), (20, I(&WEIGHT_PARAMS)), (21, I(&WEIGHT_PARAMS)), (22, N),
] };
#[rustfmt::skip]
static EMBEDDING_LAYER_PARAMS: Schema = Schema { name: "EmbeddingLayerParams", fields: &[
    (1, N), (2, N), (10, N), (20, I(&WEIGHT_PARAMS)), (21, I(&WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static BATCHNORM_LAYER_PARAMS: Schema = Schema { name: "BatchnormLayerParams", fields: &[
    (1, N), (5, N), (6, N), (10, N), (15, I(&WEIGHT_PARAMS)), (16, I(&WEIGHT_PARAMS)), (17, I(&WEIGHT_PARAMS)), (18, I(&WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static MEAN_VARIANCE_NORMALIZE_LAYER_PARAMS: Schema = Schema { name: "MeanVarianceNormalizeLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
static L2_NORMALIZE_LAYER_PARAMS: Schema = Schema { name: "L2NormalizeLayerParams", fields: &[(1, N)] };
static SOFTMAX_LAYER_PARAMS: Schema = Schema { name: "SoftmaxLayerParams", fields: &[] };
static LRN_LAYER_PARAMS: Schema = Schema { name: "LRNLayerParams", fields: &[(1, N), (2, N), (3, N), (4, N)] };
static CROP_LAYER_PARAMS: Schema = Schema { name: "CropLayerParams", fields: &[(1, I(&BORDER_AMOUNTS)), (5, N)] };
#[rustfmt::skip]
static PADDING_LAYER_PARAMS: Schema = Schema { name: "PaddingLayerParams", fields: &[
    (1, I(&PADDING_LAYER_PARAMS_PADDING_CONSTANT)), (2, I(&PADDING_LAYER_PARAMS_PADDING_REFLECTION)), (3, I(&PADDING_LAYER_PARAMS_PADDING_REPLICATION)), (10, I(&BORDER_AMOUNTS)),
] };
static PADDING_LAYER_PARAMS_PADDING_CONSTANT: Schema = Schema { name: "PaddingConstant", fields: &[(1, N)] };
static PADDING_LAYER_PARAMS_PADDING_REFLECTION: Schema = Schema { name: "PaddingReflection", fields: &[] };
static PADDING_LAYER_PARAMS_PADDING_REPLICATION: Schema = Schema { name: "PaddingReplication", fields: &[] };
#[rustfmt::skip]
static UPSAMPLE_LAYER_PARAMS: Schema = Schema { name: "UpsampleLayerParams", fields: &[
    (1, N), (5, N), (6, N), (7, N),
] };
#[rustfmt::skip]
static RESIZE_BILINEAR_LAYER_PARAMS: Schema = Schema { name: "ResizeBilinearLayerParams", fields: &[
    (1, N), (2, I(&SAMPLING_MODE)),
] };
static SAMPLING_MODE: Schema = Schema { name: "SamplingMode", fields: &[(1, N)] };
#[rustfmt::skip]
static CROP_RESIZE_LAYER_PARAMS: Schema = Schema { name: "CropResizeLayerParams", fields: &[
    (1, N), (2, N), (3, I(&SAMPLING_MODE)), (4, I(&BOX_COORDINATES_MODE)), (5, N),
] };
static BOX_COORDINATES_MODE: Schema = Schema { name: "BoxCoordinatesMode", fields: &[(1, N)] };
#[rustfmt::skip]
static UNARY_FUNCTION_LAYER_PARAMS: Schema = Schema { name: "UnaryFunctionLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N), (5, N),
] };
static ADD_LAYER_PARAMS: Schema = Schema { name: "AddLayerParams", fields: &[(1, N)] };
static MULTIPLY_LAYER_PARAMS: Schema = Schema { name: "MultiplyLayerParams", fields: &[(1, N)] };
static AVERAGE_LAYER_PARAMS: Schema = Schema { name: "AverageLayerParams", fields: &[] };
#[rustfmt::skip]
static SCALE_LAYER_PARAMS: Schema = Schema { name: "ScaleLayerParams", fields: &[
    (1, N), (2, I(&WEIGHT_PARAMS)), (3, N), (4, N), (5, I(&WEIGHT_PARAMS)),
] };
static BIAS_LAYER_PARAMS: Schema = Schema { name: "BiasLayerParams", fields: &[(1, N), (2, I(&WEIGHT_PARAMS))] };
static MAX_LAYER_PARAMS: Schema = Schema { name: "MaxLayerParams", fields: &[] };
static MIN_LAYER_PARAMS: Schema = Schema { name: "MinLayerParams", fields: &[] };
static DOT_PRODUCT_LAYER_PARAMS: Schema = Schema { name: "DotProductLayerParams", fields: &[(1, N)] };
static REDUCE_LAYER_PARAMS: Schema = Schema { name: "ReduceLayerParams", fields: &[(1, N), (2, N), (3, N)] };
#[rustfmt::skip]
static LOAD_CONSTANT_LAYER_PARAMS: Schema = Schema { name: "LoadConstantLayerParams", fields: &[
    (1, N), (2, I(&WEIGHT_PARAMS)),
] };
static RESHAPE_LAYER_PARAMS: Schema = Schema { name: "ReshapeLayerParams", fields: &[(1, N), (2, N)] };
static FLATTEN_LAYER_PARAMS: Schema = Schema { name: "FlattenLayerParams", fields: &[(1, N)] };
static PERMUTE_LAYER_PARAMS: Schema = Schema { name: "PermuteLayerParams", fields: &[(1, N)] };
static CONCAT_LAYER_PARAMS: Schema = Schema { name: "ConcatLayerParams", fields: &[(100, N)] };
static SPLIT_LAYER_PARAMS: Schema = Schema { name: "SplitLayerParams", fields: &[(1, N)] };
static SEQUENCE_REPEAT_LAYER_PARAMS: Schema = Schema { name: "SequenceRepeatLayerParams", fields: &[(1, N)] };
static REORGANIZE_DATA_LAYER_PARAMS: Schema = Schema { name: "ReorganizeDataLayerParams", fields: &[(1, N), (2, N)] };
static SLICE_LAYER_PARAMS: Schema = Schema { name: "SliceLayerParams", fields: &[(1, N), (2, N), (3, N), (4, N)] };
#[rustfmt::skip]
static SIMPLE_RECURRENT_LAYER_PARAMS: Schema = Schema { name: "SimpleRecurrentLayerParams", fields: &[
    (1, N), (2, N), (10, I(&ACTIVATION_PARAMS)), (15, N), (20, N), (30, I(&WEIGHT_PARAMS)), (31, I(&WEIGHT_PARAMS)),
    (32, I(&WEIGHT_PARAMS)), (100, N),
] };
#[rustfmt::skip]
static GRU_LAYER_PARAMS: Schema = Schema { name: "GRULayerParams", fields: &[
    (1, N), (2, N), (10, I(&ACTIVATION_PARAMS)), (15, N), (20, N), (30, I(&WEIGHT_PARAMS)), (31, I(&WEIGHT_PARAMS)),
    (32, I(&WEIGHT_PARAMS)), (50, I(&WEIGHT_PARAMS)), (51, I(&WEIGHT_PARAMS)), (52, I(&WEIGHT_PARAMS)), (70, I(&WEIGHT_PARAMS)), (71, I(&WEIGHT_PARAMS)), (72, I(&WEIGHT_PARAMS)), (100, N),
] };
#[rustfmt::skip]
static UNI_DIRECTIONAL_LSTM_LAYER_PARAMS: Schema = Schema { name: "UniDirectionalLSTMLayerParams", fields: &[
    (1, N), (2, N), (10, I(&ACTIVATION_PARAMS)), (15, I(&LSTM_PARAMS)), (20, I(&LSTM_WEIGHT_PARAMS)), (100, N),
] };
#[rustfmt::skip]
static LSTM_PARAMS: Schema = Schema { name: "LSTMParams", fields: &[
    (10, N), (20, N), (30, N), (40, N), (50, N), (60, N),
] };
#[rustfmt::skip]
static LSTM_WEIGHT_PARAMS: Schema = Schema { name: "LSTMWeightParams", fields: &[
    (1, I(&WEIGHT_PARAMS)), (2, I(&WEIGHT_PARAMS)), (3, I(&WEIGHT_PARAMS)), (4, I(&WEIGHT_PARAMS)), (20, I(&WEIGHT_PARAMS)), (21, I(&WEIGHT_PARAMS)), (22, I(&WEIGHT_PARAMS)), (23, I(&WEIGHT_PARAMS)), (40, I(&WEIGHT_PARAMS)), (41, I(&WEIGHT_PARAMS)), (42, I(&WEIGHT_PARAMS)), (43, I(&WEIGHT_PARAMS)), (60, I(&WEIGHT_PARAMS)), (61, I(&WEIGHT_PARAMS)), (62, I(&WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static BI_DIRECTIONAL_LSTM_LAYER_PARAMS: Schema = Schema { name: "BiDirectionalLSTMLayerParams", fields: &[
    (1, N), (2, N), (10, I(&ACTIVATION_PARAMS)), (11, I(&ACTIVATION_PARAMS)), (15, I(&LSTM_PARAMS)), (20, I(&LSTM_WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static CUSTOM_LAYER_PARAMS: Schema = Schema { name: "CustomLayerParams", fields: &[
    (10, B), (20, I(&WEIGHT_PARAMS)), (30, I(&CUSTOM_LAYER_PARAMS_PARAMETERS_ENTRY)), (40, B),
] };
#[rustfmt::skip]
static CUSTOM_LAYER_PARAMS_PARAMETERS_ENTRY: Schema = Schema { name: "ParametersEntry", fields: &[
    (1, B), (2, I(&CUSTOM_LAYER_PARAMS_CUSTOM_LAYER_PARAM_VALUE)),
] };
#[rustfmt::skip]
static CUSTOM_LAYER_PARAMS_CUSTOM_LAYER_PARAM_VALUE: Schema = Schema { name: "CustomLayerParamValue", fields: &[
    (10, N), (20, B), (30, N), (40, N), (50, N),
] };
static COPY_LAYER_PARAMS: Schema = Schema { name: "CopyLayerParams", fields: &[] };
#[rustfmt::skip]
static BRANCH_LAYER_PARAMS: Schema = Schema { name: "BranchLayerParams", fields: &[
    (1, I(&NEURAL_NETWORK)), (2, I(&NEURAL_NETWORK)),
] };
#[rustfmt::skip]
static NEURAL_NETWORK: Schema = Schema { name: "NeuralNetwork", fields: &[
    (1, I(&NEURAL_NETWORK_LAYER)), (2, I(&NEURAL_NETWORK_PREPROCESSING)), (5, N), (6, N), (10, I(&NETWORK_UPDATE_PARAMETERS)),
] };
#[rustfmt::skip]
static NEURAL_NETWORK_PREPROCESSING: Schema = Schema { name: "NeuralNetworkPreprocessing", fields: &[
    (1, B), (10, I(&NEURAL_NETWORK_IMAGE_SCALER)), (11, I(&NEURAL_NETWORK_MEAN_IMAGE)),
] };
#[rustfmt::skip]
static NEURAL_NETWORK_IMAGE_SCALER: Schema = Schema { name: "NeuralNetworkImageScaler", fields: &[
    (10, N), (20, N), (21, N), (22, N), (30, N),
] };
static NEURAL_NETWORK_MEAN_IMAGE: Schema = Schema { name: "NeuralNetworkMeanImage", fields: &[(1, N)] };
#[rustfmt::skip]
static NETWORK_UPDATE_PARAMETERS: Schema = Schema { name: "NetworkUpdateParameters", fields: &[
    (1, I(&LOSS_LAYER)), (2, I(&OPTIMIZER)), (3, I(&INT64_PARAMETER)), (10, I(&BOOL_PARAMETER)), (20, I(&INT64_PARAMETER)),
] };
#[rustfmt::skip]
static LOSS_LAYER: Schema = Schema { name: "LossLayer", fields: &[
    (1, B), (10, I(&CATEGORICAL_CROSS_ENTROPY_LOSS_LAYER)), (11, I(&MEAN_SQUARED_ERROR_LOSS_LAYER)),
] };
#[rustfmt::skip]
static CATEGORICAL_CROSS_ENTROPY_LOSS_LAYER: Schema = Schema { name: "CategoricalCrossEntropyLossLayer", fields: &[
    (1, B), (2, B),
] };
static MEAN_SQUARED_ERROR_LOSS_LAYER: Schema = Schema { name: "MeanSquaredErrorLossLayer", fields: &[(1, B), (2, B)] };
static OPTIMIZER: Schema = Schema { name: "Optimizer", fields: &[(10, I(&SGD_OPTIMIZER)), (11, I(&ADAM_OPTIMIZER))] };
#[rustfmt::skip]
static SGD_OPTIMIZER: Schema = Schema { name: "SGDOptimizer", fields: &[
    (1, I(&DOUBLE_PARAMETER)), (2, I(&INT64_PARAMETER)), (3, I(&DOUBLE_PARAMETER)),
] };
static DOUBLE_PARAMETER: Schema = Schema { name: "DoubleParameter", fields: &[(1, N), (10, I(&DOUBLE_RANGE))] };
static DOUBLE_RANGE: Schema = Schema { name: "DoubleRange", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static INT64_PARAMETER: Schema = Schema { name: "Int64Parameter", fields: &[
    (1, N), (10, I(&INT64_RANGE)), (11, I(&INT64_SET)),
] };
static INT64_RANGE: Schema = Schema { name: "Int64Range", fields: &[(1, N), (2, N)] };
static INT64_SET: Schema = Schema { name: "Int64Set", fields: &[(1, N)] };
#[rustfmt::skip]
static ADAM_OPTIMIZER: Schema = Schema { name: "AdamOptimizer", fields: &[
    (1, I(&DOUBLE_PARAMETER)), (2, I(&INT64_PARAMETER)), (3, I(&DOUBLE_PARAMETER)), (4, I(&DOUBLE_PARAMETER)), (5, I(&DOUBLE_PARAMETER)),
] };
static BOOL_PARAMETER: Schema = Schema { name: "BoolParameter", fields: &[(1, N)] };
#[rustfmt::skip]
static LOOP_LAYER_PARAMS: Schema = Schema { name: "LoopLayerParams", fields: &[
    (1, N), (2, B), (3, I(&NEURAL_NETWORK)), (4, I(&NEURAL_NETWORK)),
] };
static LOOP_BREAK_LAYER_PARAMS: Schema = Schema { name: "LoopBreakLayerParams", fields: &[] };
static LOOP_CONTINUE_LAYER_PARAMS: Schema = Schema { name: "LoopContinueLayerParams", fields: &[] };
static RANGE_STATIC_LAYER_PARAMS: Schema = Schema { name: "RangeStaticLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static RANGE_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "RangeDynamicLayerParams", fields: &[(2, N), (3, N)] };
static CLIP_LAYER_PARAMS: Schema = Schema { name: "ClipLayerParams", fields: &[(1, N), (2, N)] };
static CEIL_LAYER_PARAMS: Schema = Schema { name: "CeilLayerParams", fields: &[] };
static FLOOR_LAYER_PARAMS: Schema = Schema { name: "FloorLayerParams", fields: &[] };
static SIGN_LAYER_PARAMS: Schema = Schema { name: "SignLayerParams", fields: &[] };
static ROUND_LAYER_PARAMS: Schema = Schema { name: "RoundLayerParams", fields: &[] };
static EXP2_LAYER_PARAMS: Schema = Schema { name: "Exp2LayerParams", fields: &[] };
static SIN_LAYER_PARAMS: Schema = Schema { name: "SinLayerParams", fields: &[] };
static COS_LAYER_PARAMS: Schema = Schema { name: "CosLayerParams", fields: &[] };
static TAN_LAYER_PARAMS: Schema = Schema { name: "TanLayerParams", fields: &[] };
static ASIN_LAYER_PARAMS: Schema = Schema { name: "AsinLayerParams", fields: &[] };
static ACOS_LAYER_PARAMS: Schema = Schema { name: "AcosLayerParams", fields: &[] };
static ATAN_LAYER_PARAMS: Schema = Schema { name: "AtanLayerParams", fields: &[] };
static SINH_LAYER_PARAMS: Schema = Schema { name: "SinhLayerParams", fields: &[] };
static COSH_LAYER_PARAMS: Schema = Schema { name: "CoshLayerParams", fields: &[] };
static TANH_LAYER_PARAMS: Schema = Schema { name: "TanhLayerParams", fields: &[] };
static ASINH_LAYER_PARAMS: Schema = Schema { name: "AsinhLayerParams", fields: &[] };
static ACOSH_LAYER_PARAMS: Schema = Schema { name: "AcoshLayerParams", fields: &[] };
static ATANH_LAYER_PARAMS: Schema = Schema { name: "AtanhLayerParams", fields: &[] };
static ERF_LAYER_PARAMS: Schema = Schema { name: "ErfLayerParams", fields: &[] };
static GELU_LAYER_PARAMS: Schema = Schema { name: "GeluLayerParams", fields: &[(1, N)] };
static EQUAL_LAYER_PARAMS: Schema = Schema { name: "EqualLayerParams", fields: &[(1, N)] };
static NOT_EQUAL_LAYER_PARAMS: Schema = Schema { name: "NotEqualLayerParams", fields: &[(1, N)] };
static LESS_THAN_LAYER_PARAMS: Schema = Schema { name: "LessThanLayerParams", fields: &[(2, N)] };
static LESS_EQUAL_LAYER_PARAMS: Schema = Schema { name: "LessEqualLayerParams", fields: &[(2, N)] };
static GREATER_THAN_LAYER_PARAMS: Schema = Schema { name: "GreaterThanLayerParams", fields: &[(2, N)] };
static GREATER_EQUAL_LAYER_PARAMS: Schema = Schema { name: "GreaterEqualLayerParams", fields: &[(2, N)] };
static LOGICAL_OR_LAYER_PARAMS: Schema = Schema { name: "LogicalOrLayerParams", fields: &[] };
static LOGICAL_XOR_LAYER_PARAMS: Schema = Schema { name: "LogicalXorLayerParams", fields: &[] };
static LOGICAL_NOT_LAYER_PARAMS: Schema = Schema { name: "LogicalNotLayerParams", fields: &[] };
static LOGICAL_AND_LAYER_PARAMS: Schema = Schema { name: "LogicalAndLayerParams", fields: &[] };
static MOD_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "ModBroadcastableLayerParams", fields: &[] };
static MIN_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "MinBroadcastableLayerParams", fields: &[] };
static MAX_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "MaxBroadcastableLayerParams", fields: &[] };
static ADD_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "AddBroadcastableLayerParams", fields: &[] };
static POW_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "PowBroadcastableLayerParams", fields: &[] };
static DIVIDE_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "DivideBroadcastableLayerParams", fields: &[] };
static FLOOR_DIV_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "FloorDivBroadcastableLayerParams", fields: &[] };
static MULTIPLY_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "MultiplyBroadcastableLayerParams", fields: &[] };
static SUBTRACT_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "SubtractBroadcastableLayerParams", fields: &[] };
static TILE_LAYER_PARAMS: Schema = Schema { name: "TileLayerParams", fields: &[(1, N)] };
static STACK_LAYER_PARAMS: Schema = Schema { name: "StackLayerParams", fields: &[(1, N)] };
static GATHER_LAYER_PARAMS: Schema = Schema { name: "GatherLayerParams", fields: &[(1, N)] };
static SCATTER_LAYER_PARAMS: Schema = Schema { name: "ScatterLayerParams", fields: &[(1, N), (2, N)] };
static GATHER_ND_LAYER_PARAMS: Schema = Schema { name: "GatherNDLayerParams", fields: &[] };
static SCATTER_ND_LAYER_PARAMS: Schema = Schema { name: "ScatterNDLayerParams", fields: &[(1, N)] };
static SOFTMAX_ND_LAYER_PARAMS: Schema = Schema { name: "SoftmaxNDLayerParams", fields: &[(1, N)] };
static GATHER_ALONG_AXIS_LAYER_PARAMS: Schema = Schema { name: "GatherAlongAxisLayerParams", fields: &[(1, N)] };
#[rustfmt::skip]
static SCATTER_ALONG_AXIS_LAYER_PARAMS: Schema = Schema { name: "ScatterAlongAxisLayerParams", fields: &[
    (1, N), (2, N),
] };
static REVERSE_LAYER_PARAMS: Schema = Schema { name: "ReverseLayerParams", fields: &[(1, N)] };
static REVERSE_SEQ_LAYER_PARAMS: Schema = Schema { name: "ReverseSeqLayerParams", fields: &[(1, N), (2, N)] };
static SPLIT_ND_LAYER_PARAMS: Schema = Schema { name: "SplitNDLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static CONCAT_ND_LAYER_PARAMS: Schema = Schema { name: "ConcatNDLayerParams", fields: &[(1, N), (2, N)] };
static TRANSPOSE_LAYER_PARAMS: Schema = Schema { name: "TransposeLayerParams", fields: &[(1, N)] };
#[rustfmt::skip]
static SLICE_STATIC_LAYER_PARAMS: Schema = Schema { name: "SliceStaticLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N), (5, N), (6, N),
] };
#[rustfmt::skip]
static SLICE_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "SliceDynamicLayerParams", fields: &[
    (2, N), (3, N), (4, N), (5, N), (6, N),
] };
#[rustfmt::skip]
static SLIDING_WINDOWS_LAYER_PARAMS: Schema = Schema { name: "SlidingWindowsLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
static TOP_K_LAYER_PARAMS: Schema = Schema { name: "TopKLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static ARG_MIN_LAYER_PARAMS: Schema = Schema { name: "ArgMinLayerParams", fields: &[(1, N), (2, N)] };
static ARG_MAX_LAYER_PARAMS: Schema = Schema { name: "ArgMaxLayerParams", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static EMBEDDING_ND_LAYER_PARAMS: Schema = Schema { name: "EmbeddingNDLayerParams", fields: &[
    (1, N), (2, N), (3, N), (20, I(&WEIGHT_PARAMS)), (21, I(&WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static BATCHED_MAT_MUL_LAYER_PARAMS: Schema = Schema { name: "BatchedMatMulLayerParams", fields: &[
    (1, N), (2, N), (5, N), (6, N), (7, N), (8, I(&WEIGHT_PARAMS)), (9, I(&WEIGHT_PARAMS)), (10, N),
] };
static GET_SHAPE_LAYER_PARAMS: Schema = Schema { name: "GetShapeLayerParams", fields: &[] };
#[rustfmt::skip]
static LOAD_CONSTANT_ND_LAYER_PARAMS: Schema = Schema { name: "LoadConstantNDLayerParams", fields: &[
    (1, N), (2, I(&WEIGHT_PARAMS)),
] };
static FILL_LIKE_LAYER_PARAMS: Schema = Schema { name: "FillLikeLayerParams", fields: &[(1, N)] };
static FILL_STATIC_LAYER_PARAMS: Schema = Schema { name: "FillStaticLayerParams", fields: &[(1, N), (2, N)] };
static FILL_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "FillDynamicLayerParams", fields: &[(1, N)] };
static BROADCAST_TO_LIKE_LAYER_PARAMS: Schema = Schema { name: "BroadcastToLikeLayerParams", fields: &[] };
static BROADCAST_TO_STATIC_LAYER_PARAMS: Schema = Schema { name: "BroadcastToStaticLayerParams", fields: &[(1, N)] };
static BROADCAST_TO_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "BroadcastToDynamicLayerParams", fields: &[] };
static SQUEEZE_LAYER_PARAMS: Schema = Schema { name: "SqueezeLayerParams", fields: &[(1, N), (2, N)] };
static EXPAND_DIMS_LAYER_PARAMS: Schema = Schema { name: "ExpandDimsLayerParams", fields: &[(1, N)] };
static FLATTEN_TO2_D_LAYER_PARAMS: Schema = Schema { name: "FlattenTo2DLayerParams", fields: &[(1, N)] };
static RESHAPE_LIKE_LAYER_PARAMS: Schema = Schema { name: "ReshapeLikeLayerParams", fields: &[] };
static RESHAPE_STATIC_LAYER_PARAMS: Schema = Schema { name: "ReshapeStaticLayerParams", fields: &[(1, N)] };
static RESHAPE_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "ReshapeDynamicLayerParams", fields: &[] };
#[rustfmt::skip]
static RANK_PRESERVING_RESHAPE_LAYER_PARAMS: Schema = Schema { name: "RankPreservingReshapeLayerParams", fields: &[
    (1, N),
] };
#[rustfmt::skip]
static CONSTANT_PADDING_LAYER_PARAMS: Schema = Schema { name: "ConstantPaddingLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static RANDOM_NORMAL_LIKE_LAYER_PARAMS: Schema = Schema { name: "RandomNormalLikeLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static RANDOM_NORMAL_STATIC_LAYER_PARAMS: Schema = Schema { name: "RandomNormalStaticLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N),
] };
#[rustfmt::skip]
static RANDOM_NORMAL_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "RandomNormalDynamicLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static RANDOM_UNIFORM_LIKE_LAYER_PARAMS: Schema = Schema { name: "RandomUniformLikeLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static RANDOM_UNIFORM_STATIC_LAYER_PARAMS: Schema = Schema { name: "RandomUniformStaticLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N),
] };
#[rustfmt::skip]
static RANDOM_UNIFORM_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "RandomUniformDynamicLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static RANDOM_BERNOULLI_LIKE_LAYER_PARAMS: Schema = Schema { name: "RandomBernoulliLikeLayerParams", fields: &[
    (1, N), (2, N),
] };
#[rustfmt::skip]
static RANDOM_BERNOULLI_STATIC_LAYER_PARAMS: Schema = Schema { name: "RandomBernoulliStaticLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static RANDOM_BERNOULLI_DYNAMIC_LAYER_PARAMS: Schema = Schema { name: "RandomBernoulliDynamicLayerParams", fields: &[
    (1, N), (2, N),
] };
#[rustfmt::skip]
static CATEGORICAL_DISTRIBUTION_LAYER_PARAMS: Schema = Schema { name: "CategoricalDistributionLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N), (5, N),
] };
static REDUCE_L1_LAYER_PARAMS: Schema = Schema { name: "ReduceL1LayerParams", fields: &[(1, N), (2, N), (3, N)] };
static REDUCE_L2_LAYER_PARAMS: Schema = Schema { name: "ReduceL2LayerParams", fields: &[(1, N), (2, N), (3, N)] };
static REDUCE_MAX_LAYER_PARAMS: Schema = Schema { name: "ReduceMaxLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static REDUCE_MIN_LAYER_PARAMS: Schema = Schema { name: "ReduceMinLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static REDUCE_SUM_LAYER_PARAMS: Schema = Schema { name: "ReduceSumLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static REDUCE_PROD_LAYER_PARAMS: Schema = Schema { name: "ReduceProdLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static REDUCE_MEAN_LAYER_PARAMS: Schema = Schema { name: "ReduceMeanLayerParams", fields: &[(1, N), (2, N), (3, N)] };
#[rustfmt::skip]
static REDUCE_LOG_SUM_LAYER_PARAMS: Schema = Schema { name: "ReduceLogSumLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static REDUCE_SUM_SQUARE_LAYER_PARAMS: Schema = Schema { name: "ReduceSumSquareLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
#[rustfmt::skip]
static REDUCE_LOG_SUM_EXP_LAYER_PARAMS: Schema = Schema { name: "ReduceLogSumExpLayerParams", fields: &[
    (1, N), (2, N), (3, N),
] };
static WHERE_NON_ZERO_LAYER_PARAMS: Schema = Schema { name: "WhereNonZeroLayerParams", fields: &[] };
static MATRIX_BAND_PART_LAYER_PARAMS: Schema = Schema { name: "MatrixBandPartLayerParams", fields: &[(1, N), (2, N)] };
static LOWER_TRIANGULAR_LAYER_PARAMS: Schema = Schema { name: "LowerTriangularLayerParams", fields: &[(1, N)] };
static UPPER_TRIANGULAR_LAYER_PARAMS: Schema = Schema { name: "UpperTriangularLayerParams", fields: &[(1, N)] };
static WHERE_BROADCASTABLE_LAYER_PARAMS: Schema = Schema { name: "WhereBroadcastableLayerParams", fields: &[] };
#[rustfmt::skip]
static LAYER_NORMALIZATION_LAYER_PARAMS: Schema = Schema { name: "LayerNormalizationLayerParams", fields: &[
    (1, N), (2, N), (3, I(&WEIGHT_PARAMS)), (4, I(&WEIGHT_PARAMS)),
] };
#[rustfmt::skip]
static NON_MAXIMUM_SUPPRESSION_LAYER_PARAMS: Schema = Schema { name: "NonMaximumSuppressionLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N),
] };
static ONE_HOT_LAYER_PARAMS: Schema = Schema { name: "OneHotLayerParams", fields: &[(1, N), (2, N), (3, N), (4, N)] };
static CUM_SUM_LAYER_PARAMS: Schema = Schema { name: "CumSumLayerParams", fields: &[(1, N), (2, N), (3, N)] };
static CLAMPED_RE_LU_LAYER_PARAMS: Schema = Schema { name: "ClampedReLULayerParams", fields: &[(1, N), (2, N)] };
static ARG_SORT_LAYER_PARAMS: Schema = Schema { name: "ArgSortLayerParams", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static POOLING3_D_LAYER_PARAMS: Schema = Schema { name: "Pooling3DLayerParams", fields: &[
    (1, N), (2, N), (3, N), (4, N), (5, N), (6, N), (7, N), (8, N), (9, N), (10, N), (11, N), (12, N), (13, N), (14, N), (15, N),
] };
static GLOBAL_POOLING3_D_LAYER_PARAMS: Schema = Schema { name: "GlobalPooling3DLayerParams", fields: &[(1, N)] };
static SLICE_BY_SIZE_LAYER_PARAMS: Schema = Schema { name: "SliceBySizeLayerParams", fields: &[(2, N), (3, N)] };
#[rustfmt::skip]
static CONVOLUTION3_D_LAYER_PARAMS: Schema = Schema { name: "Convolution3DLayerParams", fields: &[
    (1, N), (2, N), (10, N), (20, N), (21, N), (22, N), (31, N), (32, N), (33, N), (40, N), (41, N), (42, N), (50, N), (60, I(&WEIGHT_PARAMS)), (61, I(&WEIGHT_PARAMS)), (70, N), (80, N), (81, N), (82, N), (83, N), (84, N), (85, N), (86, N), (87, N),
] };
#[rustfmt::skip]
static BAYESIAN_PROBIT_REGRESSOR: Schema = Schema { name: "BayesianProbitRegressor", fields: &[
    (1, N), (2, I(&BAYESIAN_PROBIT_REGRESSOR_GAUSSIAN)), (3, I(&BAYESIAN_PROBIT_REGRESSOR_FEATURE_WEIGHT)), (10, B),
    (11, B), (12, B), (13, B), (20, B), (21, B), (22, B), (23, B),
] };
static BAYESIAN_PROBIT_REGRESSOR_GAUSSIAN: Schema = Schema { name: "Gaussian", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static BAYESIAN_PROBIT_REGRESSOR_FEATURE_WEIGHT: Schema = Schema { name: "FeatureWeight", fields: &[
    (1, N), (2, I(&BAYESIAN_PROBIT_REGRESSOR_FEATURE_VALUE_WEIGHT)),
] };
#[rustfmt::skip]
static BAYESIAN_PROBIT_REGRESSOR_FEATURE_VALUE_WEIGHT: Schema = Schema { name: "FeatureValueWeight", fields: &[
    (1, N), (2, I(&BAYESIAN_PROBIT_REGRESSOR_GAUSSIAN)),
] };
#[rustfmt::skip]
static GLM_CLASSIFIER: Schema = Schema { name: "GLMClassifier", fields: &[
    (1, I(&GLM_CLASSIFIER_DOUBLE_ARRAY)), (2, N), (3, N), (4, N), (100, I(&STRING_VECTOR)), (101, I(&INT64_VECTOR)),
] };
static GLM_CLASSIFIER_DOUBLE_ARRAY: Schema = Schema { name: "DoubleArray", fields: &[(1, N)] };
static STRING_VECTOR: Schema = Schema { name: "StringVector", fields: &[(1, B)] };
static INT64_VECTOR: Schema = Schema { name: "Int64Vector", fields: &[(1, N)] };
#[rustfmt::skip]
static SUPPORT_VECTOR_CLASSIFIER: Schema = Schema { name: "SupportVectorClassifier", fields: &[
    (1, I(&KERNEL)), (2, N), (3, I(&SPARSE_SUPPORT_VECTORS)), (4, I(&DENSE_SUPPORT_VECTORS)), (5, I(&COEFFICIENTS)),
    (6, N), (7, N), (8, N), (100, I(&STRING_VECTOR)), (101, I(&INT64_VECTOR)),
] };
#[rustfmt::skip]
static TREE_ENSEMBLE_CLASSIFIER: Schema = Schema { name: "TreeEnsembleClassifier", fields: &[
    (1, I(&TREE_ENSEMBLE_PARAMETERS)), (2, N), (100, I(&STRING_VECTOR)), (101, I(&INT64_VECTOR)),
] };
#[rustfmt::skip]
static NEURAL_NETWORK_CLASSIFIER: Schema = Schema { name: "NeuralNetworkClassifier", fields: &[
    (1, I(&NEURAL_NETWORK_LAYER)), (2, I(&NEURAL_NETWORK_PREPROCESSING)), (5, N), (6, N), (10, I(&NETWORK_UPDATE_PARAMETERS)), (100, I(&STRING_VECTOR)), (101, I(&INT64_VECTOR)), (200, B),
] };
#[rustfmt::skip]
static K_NEAREST_NEIGHBORS_CLASSIFIER: Schema = Schema { name: "KNearestNeighborsClassifier", fields: &[
    (1, I(&NEAREST_NEIGHBORS_INDEX)), (3, I(&INT64_PARAMETER)), (100, I(&STRING_VECTOR)), (101, I(&INT64_VECTOR)),
    (110, B), (111, N), (200, I(&UNIFORM_WEIGHTING)), (210, I(&INVERSE_DISTANCE_WEIGHTING)),
] };
#[rustfmt::skip]
static NEAREST_NEIGHBORS_INDEX: Schema = Schema { name: "NearestNeighborsIndex", fields: &[
    (1, N), (2, I(&FLOAT_VECTOR)), (100, I(&LINEAR_INDEX)), (110, I(&SINGLE_KD_TREE_INDEX)), (200, I(&SQUARED_EUCLIDEAN_DISTANCE)),
] };
static FLOAT_VECTOR: Schema = Schema { name: "FloatVector", fields: &[(1, N)] };
static LINEAR_INDEX: Schema = Schema { name: "LinearIndex", fields: &[] };
static SINGLE_KD_TREE_INDEX: Schema = Schema { name: "SingleKdTreeIndex", fields: &[(1, N)] };
static SQUARED_EUCLIDEAN_DISTANCE: Schema = Schema { name: "SquaredEuclideanDistance", fields: &[] };
static UNIFORM_WEIGHTING: Schema = Schema { name: "UniformWeighting", fields: &[] };
static INVERSE_DISTANCE_WEIGHTING: Schema = Schema { name: "InverseDistanceWeighting", fields: &[] };
#[rustfmt::skip]
static ITEM_SIMILARITY_RECOMMENDER: Schema = Schema { name: "ItemSimilarityRecommender", fields: &[
    (1, I(&ITEM_SIMILARITY_RECOMMENDER_SIMILAR_ITEMS)), (2, I(&STRING_VECTOR)), (3, I(&INT64_VECTOR)), (10, B), (11, B), (12, B), (13, B), (20, B), (21, B),
] };
#[rustfmt::skip]
static ITEM_SIMILARITY_RECOMMENDER_SIMILAR_ITEMS: Schema = Schema { name: "SimilarItems", fields: &[
    (1, N), (2, I(&ITEM_SIMILARITY_RECOMMENDER_CONNECTED_ITEM)), (3, N),
] };
static ITEM_SIMILARITY_RECOMMENDER_CONNECTED_ITEM: Schema = Schema { name: "ConnectedItem", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static MIL_SPEC_PROGRAM: Schema = Schema { name: "Program", fields: &[
    (1, N), (2, I(&MIL_SPEC_PROGRAM_FUNCTIONS_ENTRY)), (3, B), (4, I(&MIL_SPEC_PROGRAM_ATTRIBUTES_ENTRY)),
] };
#[rustfmt::skip]
static MIL_SPEC_PROGRAM_FUNCTIONS_ENTRY: Schema = Schema { name: "FunctionsEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_FUNCTION)),
] };
#[rustfmt::skip]
static MIL_SPEC_FUNCTION: Schema = Schema { name: "Function", fields: &[
    (1, I(&MIL_SPEC_NAMED_VALUE_TYPE)), (2, B), (3, I(&MIL_SPEC_FUNCTION_BLOCK_SPECIALIZATIONS_ENTRY)), (4, I(&MIL_SPEC_FUNCTION_ATTRIBUTES_ENTRY)),
] };
#[rustfmt::skip]
static MIL_SPEC_NAMED_VALUE_TYPE: Schema = Schema { name: "NamedValueType", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE_TYPE)),
] };
#[rustfmt::skip]
static MIL_SPEC_VALUE_TYPE: Schema = Schema { name: "ValueType", fields: &[
    (1, I(&MIL_SPEC_TENSOR_TYPE)), (2, I(&MIL_SPEC_LIST_TYPE)), (3, I(&MIL_SPEC_TUPLE_TYPE)), (4, I(&MIL_SPEC_DICTIONARY_TYPE)), (5, I(&MIL_SPEC_STATE_TYPE)),
] };
#[rustfmt::skip]
static MIL_SPEC_TENSOR_TYPE: Schema = Schema { name: "TensorType", fields: &[
    (1, N), (2, N), (3, I(&MIL_SPEC_DIMENSION)), (4, I(&MIL_SPEC_TENSOR_TYPE_ATTRIBUTES_ENTRY)),
] };
#[rustfmt::skip]
static MIL_SPEC_DIMENSION: Schema = Schema { name: "Dimension", fields: &[
    (1, I(&MIL_SPEC_DIMENSION_CONSTANT_DIMENSION)), (2, I(&MIL_SPEC_DIMENSION_UNKNOWN_DIMENSION)),
] };
static MIL_SPEC_DIMENSION_CONSTANT_DIMENSION: Schema = Schema { name: "ConstantDimension", fields: &[(1, N)] };
static MIL_SPEC_DIMENSION_UNKNOWN_DIMENSION: Schema = Schema { name: "UnknownDimension", fields: &[(1, N)] };
#[rustfmt::skip]
static MIL_SPEC_TENSOR_TYPE_ATTRIBUTES_ENTRY: Schema = Schema { name: "AttributesEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE)),
] };
#[rustfmt::skip]
static MIL_SPEC_VALUE: Schema = Schema { name: "Value", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE_TYPE)), (3, I(&MIL_SPEC_VALUE_IMMEDIATE_VALUE)), (5, I(&MIL_SPEC_VALUE_BLOB_FILE_VALUE)),
] };
#[rustfmt::skip]
static MIL_SPEC_VALUE_IMMEDIATE_VALUE: Schema = Schema { name: "ImmediateValue", fields: &[
    (1, I(&MIL_SPEC_TENSOR_VALUE)), (2, I(&MIL_SPEC_TUPLE_VALUE)), (3, I(&MIL_SPEC_LIST_VALUE)), (4, I(&MIL_SPEC_DICTIONARY_VALUE)),
] };
#[rustfmt::skip]
static MIL_SPEC_TENSOR_VALUE: Schema = Schema { name: "TensorValue", fields: &[
    (1, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_FLOATS)), (2, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_INTS)), (3, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_BOOLS)), (4, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_STRINGS)), (5, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_LONG_INTS)), (6, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_DOUBLES)), (7, I(&MIL_SPEC_TENSOR_VALUE_REPEATED_BYTES)),
] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_FLOATS: Schema = Schema { name: "RepeatedFloats", fields: &[(1, N)] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_INTS: Schema = Schema { name: "RepeatedInts", fields: &[(1, N)] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_BOOLS: Schema = Schema { name: "RepeatedBools", fields: &[(1, N)] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_STRINGS: Schema = Schema { name: "RepeatedStrings", fields: &[(1, B)] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_LONG_INTS: Schema = Schema { name: "RepeatedLongInts", fields: &[(1, N)] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_DOUBLES: Schema = Schema { name: "RepeatedDoubles", fields: &[(1, N)] };
static MIL_SPEC_TENSOR_VALUE_REPEATED_BYTES: Schema = Schema { name: "RepeatedBytes", fields: &[(1, B)] };
static MIL_SPEC_TUPLE_VALUE: Schema = Schema { name: "TupleValue", fields: &[(1, I(&MIL_SPEC_VALUE))] };
static MIL_SPEC_LIST_VALUE: Schema = Schema { name: "ListValue", fields: &[(1, I(&MIL_SPEC_VALUE))] };
#[rustfmt::skip]
static MIL_SPEC_DICTIONARY_VALUE: Schema = Schema { name: "DictionaryValue", fields: &[
    (1, I(&MIL_SPEC_DICTIONARY_VALUE_KEY_VALUE_PAIR)),
] };
#[rustfmt::skip]
static MIL_SPEC_DICTIONARY_VALUE_KEY_VALUE_PAIR: Schema = Schema { name: "KeyValuePair", fields: &[
    (1, I(&MIL_SPEC_VALUE)), (2, I(&MIL_SPEC_VALUE)),
] };
static MIL_SPEC_VALUE_BLOB_FILE_VALUE: Schema = Schema { name: "BlobFileValue", fields: &[(1, B), (2, N)] };
#[rustfmt::skip]
static MIL_SPEC_LIST_TYPE: Schema = Schema { name: "ListType", fields: &[
    (1, I(&MIL_SPEC_VALUE_TYPE)), (2, I(&MIL_SPEC_DIMENSION)),
] };
static MIL_SPEC_TUPLE_TYPE: Schema = Schema { name: "TupleType", fields: &[(1, I(&MIL_SPEC_VALUE_TYPE))] };
#[rustfmt::skip]
static MIL_SPEC_DICTIONARY_TYPE: Schema = Schema { name: "DictionaryType", fields: &[
    (1, I(&MIL_SPEC_VALUE_TYPE)), (2, I(&MIL_SPEC_VALUE_TYPE)),
] };
static MIL_SPEC_STATE_TYPE: Schema = Schema { name: "StateType", fields: &[(1, I(&MIL_SPEC_VALUE_TYPE))] };
#[rustfmt::skip]
static MIL_SPEC_FUNCTION_BLOCK_SPECIALIZATIONS_ENTRY: Schema = Schema { name: "BlockSpecializationsEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_BLOCK)),
] };
#[rustfmt::skip]
static MIL_SPEC_BLOCK: Schema = Schema { name: "Block", fields: &[
    (1, I(&MIL_SPEC_NAMED_VALUE_TYPE)), (2, B), (3, I(&MIL_SPEC_OPERATION)), (4, I(&MIL_SPEC_BLOCK_ATTRIBUTES_ENTRY)),
] };
#[rustfmt::skip]
static MIL_SPEC_OPERATION: Schema = Schema { name: "Operation", fields: &[
    (1, B), (2, I(&MIL_SPEC_OPERATION_INPUTS_ENTRY)), (3, I(&MIL_SPEC_NAMED_VALUE_TYPE)), (4, I(&MIL_SPEC_BLOCK)),
    (5, I(&MIL_SPEC_OPERATION_ATTRIBUTES_ENTRY)),
] };
#[rustfmt::skip]
static MIL_SPEC_OPERATION_INPUTS_ENTRY: Schema = Schema { name: "InputsEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_ARGUMENT)),
] };
static MIL_SPEC_ARGUMENT: Schema = Schema { name: "Argument", fields: &[(1, I(&MIL_SPEC_ARGUMENT_BINDING))] };
static MIL_SPEC_ARGUMENT_BINDING: Schema = Schema { name: "Binding", fields: &[(1, B), (2, I(&MIL_SPEC_VALUE))] };
#[rustfmt::skip]
static MIL_SPEC_OPERATION_ATTRIBUTES_ENTRY: Schema = Schema { name: "AttributesEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE)),
] };
#[rustfmt::skip]
static MIL_SPEC_BLOCK_ATTRIBUTES_ENTRY: Schema = Schema { name: "AttributesEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE)),
] };
#[rustfmt::skip]
static MIL_SPEC_FUNCTION_ATTRIBUTES_ENTRY: Schema = Schema { name: "AttributesEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE)),
] };
#[rustfmt::skip]
static MIL_SPEC_PROGRAM_ATTRIBUTES_ENTRY: Schema = Schema { name: "AttributesEntry", fields: &[
    (1, B), (2, I(&MIL_SPEC_VALUE)),
] };
#[rustfmt::skip]
static CUSTOM_MODEL: Schema = Schema { name: "CustomModel", fields: &[
    (10, B), (30, I(&CUSTOM_MODEL_PARAMETERS_ENTRY)), (40, B),
] };
#[rustfmt::skip]
static CUSTOM_MODEL_PARAMETERS_ENTRY: Schema = Schema { name: "ParametersEntry", fields: &[
    (1, B), (2, I(&CUSTOM_MODEL_CUSTOM_MODEL_PARAM_VALUE)),
] };
#[rustfmt::skip]
static CUSTOM_MODEL_CUSTOM_MODEL_PARAM_VALUE: Schema = Schema { name: "CustomModelParamValue", fields: &[
    (10, N), (20, B), (30, N), (40, N), (50, N), (60, B),
] };
static LINKED_MODEL: Schema = Schema { name: "LinkedModel", fields: &[(1, I(&LINKED_MODEL_FILE))] };
#[rustfmt::skip]
static LINKED_MODEL_FILE: Schema = Schema { name: "LinkedModelFile", fields: &[
    (1, I(&STRING_PARAMETER)), (2, I(&STRING_PARAMETER)),
] };
static STRING_PARAMETER: Schema = Schema { name: "StringParameter", fields: &[(1, B)] };
#[rustfmt::skip]
static CLASS_CONFIDENCE_THRESHOLDING: Schema = Schema { name: "ClassConfidenceThresholding", fields: &[
    (100, I(&PRECISION_RECALL_CURVE)),
] };
#[rustfmt::skip]
static PRECISION_RECALL_CURVE: Schema = Schema { name: "PrecisionRecallCurve", fields: &[
    (1, I(&FLOAT_VECTOR)), (2, I(&FLOAT_VECTOR)), (3, I(&FLOAT_VECTOR)), (4, I(&FLOAT_VECTOR)),
] };
#[rustfmt::skip]
static ONE_HOT_ENCODER: Schema = Schema { name: "OneHotEncoder", fields: &[
    (1, I(&STRING_VECTOR)), (2, I(&INT64_VECTOR)), (10, N), (11, N),
] };
#[rustfmt::skip]
static IMPUTER: Schema = Schema { name: "Imputer", fields: &[
    (1, N), (2, N), (3, B), (4, I(&DOUBLE_VECTOR)), (5, I(&INT64_VECTOR)), (6, I(&STRING_TO_DOUBLE_MAP)), (7, I(&INT64_TO_DOUBLE_MAP)), (11, N), (12, N), (13, B),
] };
static DOUBLE_VECTOR: Schema = Schema { name: "DoubleVector", fields: &[(1, N)] };
#[rustfmt::skip]
static STRING_TO_DOUBLE_MAP: Schema = Schema { name: "StringToDoubleMap", fields: &[
    (1, I(&STRING_TO_DOUBLE_MAP_MAP_ENTRY)),
] };
static STRING_TO_DOUBLE_MAP_MAP_ENTRY: Schema = Schema { name: "MapEntry", fields: &[(1, B), (2, N)] };
#[rustfmt::skip]
static INT64_TO_DOUBLE_MAP: Schema = Schema { name: "Int64ToDoubleMap", fields: &[
    (1, I(&INT64_TO_DOUBLE_MAP_MAP_ENTRY)),
] };
static INT64_TO_DOUBLE_MAP_MAP_ENTRY: Schema = Schema { name: "MapEntry", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static FEATURE_VECTORIZER: Schema = Schema { name: "FeatureVectorizer", fields: &[
    (1, I(&FEATURE_VECTORIZER_INPUT_COLUMN)),
] };
static FEATURE_VECTORIZER_INPUT_COLUMN: Schema = Schema { name: "InputColumn", fields: &[(1, B), (2, N)] };
#[rustfmt::skip]
static DICT_VECTORIZER: Schema = Schema { name: "DictVectorizer", fields: &[
    (1, I(&STRING_VECTOR)), (2, I(&INT64_VECTOR)),
] };
static SCALER: Schema = Schema { name: "Scaler", fields: &[(1, N), (2, N)] };
#[rustfmt::skip]
static CATEGORICAL_MAPPING: Schema = Schema { name: "CategoricalMapping", fields: &[
    (1, I(&STRING_TO_INT64_MAP)), (2, I(&INT64_TO_STRING_MAP)), (101, B), (102, N),
] };
#[rustfmt::skip]
static STRING_TO_INT64_MAP: Schema = Schema { name: "StringToInt64Map", fields: &[
    (1, I(&STRING_TO_INT64_MAP_MAP_ENTRY)),
] };
static STRING_TO_INT64_MAP_MAP_ENTRY: Schema = Schema { name: "MapEntry", fields: &[(1, B), (2, N)] };
#[rustfmt::skip]
static INT64_TO_STRING_MAP: Schema = Schema { name: "Int64ToStringMap", fields: &[
    (1, I(&INT64_TO_STRING_MAP_MAP_ENTRY)),
] };
static INT64_TO_STRING_MAP_MAP_ENTRY: Schema = Schema { name: "MapEntry", fields: &[(1, N), (2, B)] };
static NORMALIZER: Schema = Schema { name: "Normalizer", fields: &[(1, N)] };
static ARRAY_FEATURE_EXTRACTOR: Schema = Schema { name: "ArrayFeatureExtractor", fields: &[(1, N)] };
#[rustfmt::skip]
static NON_MAXIMUM_SUPPRESSION: Schema = Schema { name: "NonMaximumSuppression", fields: &[
    (1, I(&NON_MAXIMUM_SUPPRESSION_PICK_TOP)), (100, I(&STRING_VECTOR)), (101, I(&INT64_VECTOR)), (110, N), (111, N), (200, B), (201, B), (202, B), (203, B), (210, B), (211, B),
] };
static NON_MAXIMUM_SUPPRESSION_PICK_TOP: Schema = Schema { name: "PickTop", fields: &[(1, N)] };
static IDENTITY: Schema = Schema { name: "Identity", fields: &[] };
#[rustfmt::skip]
static CORE_ML_MODELS_TEXT_CLASSIFIER: Schema = Schema { name: "TextClassifier", fields: &[
    (1, N), (10, B), (100, B), (200, I(&STRING_VECTOR)),
] };
#[rustfmt::skip]
static CORE_ML_MODELS_WORD_TAGGER: Schema = Schema { name: "WordTagger", fields: &[
    (1, N), (10, B), (20, B), (21, B), (22, B), (23, B), (100, B), (200, I(&STRING_VECTOR)),
] };
#[rustfmt::skip]
static CORE_ML_MODELS_VISION_FEATURE_PRINT: Schema = Schema { name: "VisionFeaturePrint", fields: &[
    (20, I(&CORE_ML_MODELS_VISION_FEATURE_PRINT_SCENE)), (21, I(&CORE_ML_MODELS_VISION_FEATURE_PRINT_OBJECTS)),
] };
static CORE_ML_MODELS_VISION_FEATURE_PRINT_SCENE: Schema = Schema { name: "Scene", fields: &[(1, N)] };
static CORE_ML_MODELS_VISION_FEATURE_PRINT_OBJECTS: Schema = Schema { name: "Objects", fields: &[(1, N), (100, B)] };
#[rustfmt::skip]
static CORE_ML_MODELS_SOUND_ANALYSIS_PREPROCESSING: Schema = Schema { name: "SoundAnalysisPreprocessing", fields: &[
    (20, I(&CORE_ML_MODELS_SOUND_ANALYSIS_PREPROCESSING_VGGISH)),
] };
static CORE_ML_MODELS_SOUND_ANALYSIS_PREPROCESSING_VGGISH: Schema = Schema { name: "Vggish", fields: &[] };
#[rustfmt::skip]
static CORE_ML_MODELS_GAZETTEER: Schema = Schema { name: "Gazetteer", fields: &[
    (1, N), (10, B), (100, B), (200, I(&STRING_VECTOR)),
] };
static CORE_ML_MODELS_WORD_EMBEDDING: Schema = Schema { name: "WordEmbedding", fields: &[(1, N), (10, B), (100, B)] };
#[rustfmt::skip]
static CORE_ML_MODELS_AUDIO_FEATURE_PRINT: Schema = Schema { name: "AudioFeaturePrint", fields: &[
    (20, I(&CORE_ML_MODELS_AUDIO_FEATURE_PRINT_SOUND)),
] };
static CORE_ML_MODELS_AUDIO_FEATURE_PRINT_SOUND: Schema = Schema { name: "Sound", fields: &[(1, N)] };
static SERIALIZED_MODEL: Schema = Schema { name: "SerializedModel", fields: &[(1, B), (2, B)] };
