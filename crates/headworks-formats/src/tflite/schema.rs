//! The tables of TensorFlow Lite's schema that refer to others, and how many fields each has.
//!
//! Source: `schema.fbs` of TensorFlow 2.21 (version 3c and the external buffers after it).

use crate::flatbuffer::{Field, Kind, Layout};

pub(super) static MODEL: Layout = Layout::new(
    "Model",
    10,
    &[
        Field(1, Kind::Tables(&OPERATOR_CODE)),
        Field(2, Kind::Tables(&SUB_GRAPH)),
        Field(3, Kind::Text),
        Field(4, Kind::Tables(&BUFFER)),
        Field(5, Kind::Numbers(4)),
        Field(6, Kind::Tables(&METADATA)),
        Field(7, Kind::Tables(&SIGNATURE_DEF)),
        Field(8, Kind::Tables(&EXTERNAL_BUFFER_GROUP)),
        Field(9, Kind::Tables(&EXTERNAL_BUFFER)),
    ],
);

static OPERATOR_CODE: Layout = Layout::new("OperatorCode", 4, &[Field(1, Kind::Text)]);

static SUB_GRAPH: Layout = Layout::new(
    "SubGraph",
    6,
    &[
        Field(0, Kind::Tables(&TENSOR)),
        Field(1, Kind::Numbers(4)),
        Field(2, Kind::Numbers(4)),
        Field(3, Kind::Tables(&OPERATOR)),
        Field(4, Kind::Text),
    ],
);

static OPERATOR: Layout = Layout::new(
    "Operator",
    14,
    &[
        Field(1, Kind::Numbers(4)),
        Field(2, Kind::Numbers(4)),
        Field(4, Kind::Union(BUILTIN_OPTIONS)),
        Field(5, Kind::Numbers(1)),
        Field(7, Kind::Numbers(1)),
        Field(8, Kind::Numbers(4)),
        Field(12, Kind::Union(BUILTIN_OPTIONS2)),
    ],
);

static TENSOR: Layout = Layout::new(
    "Tensor",
    11,
    &[
        Field(0, Kind::Numbers(4)),
        Field(3, Kind::Text),
        Field(4, Kind::Table(&QUANTIZATION_PARAMETERS)),
        Field(6, Kind::Table(&SPARSITY_PARAMETERS)),
        Field(7, Kind::Numbers(4)),
        Field(9, Kind::Tables(&VARIANT_SUB_TYPE)),
    ],
);

static QUANTIZATION_PARAMETERS: Layout = Layout::new(
    "QuantizationParameters",
    7,
    &[
        Field(0, Kind::Numbers(4)),
        Field(1, Kind::Numbers(4)),
        Field(2, Kind::Numbers(4)),
        Field(3, Kind::Numbers(8)),
        Field(5, Kind::Union(QUANTIZATION_DETAILS)),
    ],
);

static CUSTOM_QUANTIZATION: Layout = Layout::new("CustomQuantization", 1, &[Field(0, Kind::Numbers(1))]);

static BLOCKWISE_QUANTIZATION: Layout = Layout::new("BlockwiseQuantization", 3, &[]);

static SPARSITY_PARAMETERS: Layout = Layout::new(
    "SparsityParameters",
    3,
    &[Field(0, Kind::Numbers(4)), Field(1, Kind::Numbers(4)), Field(2, Kind::Tables(&DIMENSION_METADATA))],
);

static DIMENSION_METADATA: Layout = Layout::new(
    "DimensionMetadata",
    6,
    &[Field(3, Kind::Union(SPARSE_INDEX_VECTOR)), Field(5, Kind::Union(SPARSE_INDEX_VECTOR))],
);

static INT32_VECTOR: Layout = Layout::new("Int32Vector", 1, &[Field(0, Kind::Numbers(4))]);

static UINT16_VECTOR: Layout = Layout::new("Uint16Vector", 1, &[Field(0, Kind::Numbers(2))]);

static UINT8_VECTOR: Layout = Layout::new("Uint8Vector", 1, &[Field(0, Kind::Numbers(1))]);

static VARIANT_SUB_TYPE: Layout = Layout::new("VariantSubType", 3, &[Field(0, Kind::Numbers(4))]);

static BUFFER: Layout = Layout::new("Buffer", 3, &[Field(0, Kind::Numbers(1))]);

static METADATA: Layout = Layout::new("Metadata", 2, &[Field(0, Kind::Text)]);

static SIGNATURE_DEF: Layout = Layout::new(
    "SignatureDef",
    5,
    &[Field(0, Kind::Tables(&TENSOR_MAP)), Field(1, Kind::Tables(&TENSOR_MAP)), Field(2, Kind::Text)],
);

static TENSOR_MAP: Layout = Layout::new("TensorMap", 2, &[Field(0, Kind::Text)]);

static EXTERNAL_BUFFER_GROUP: Layout = Layout::new("ExternalBufferGroup", 1, &[Field(0, Kind::Text)]);

static EXTERNAL_BUFFER: Layout = Layout::new("ExternalBuffer", 5, &[Field(4, Kind::Text)]);

static QUANTIZATION_DETAILS: &[(u8, &Layout)] = &[(1, &CUSTOM_QUANTIZATION), (2, &BLOCKWISE_QUANTIZATION)];

static SPARSE_INDEX_VECTOR: &[(u8, &Layout)] = &[(1, &INT32_VECTOR), (2, &UINT16_VECTOR), (3, &UINT8_VECTOR)];

static BUILTIN_OPTIONS: &[(u8, &Layout)] = &[
    (1, &Layout::new("Conv2DOptions", 7, &[])),
    (2, &Layout::new("DepthwiseConv2DOptions", 7, &[])),
    (3, &Layout::new("ConcatEmbeddingsOptions", 3, &[Field(1, Kind::Numbers(4)), Field(2, Kind::Numbers(4))])),
    (4, &Layout::new("LSHProjectionOptions", 1, &[])),
    (5, &Layout::new("Pool2DOptions", 6, &[])),
    (6, &Layout::new("SVDFOptions", 3, &[])),
    (7, &Layout::new("RNNOptions", 2, &[])),
    (8, &Layout::new("FullyConnectedOptions", 5, &[])),
    (9, &Layout::new("SoftmaxOptions", 1, &[])),
    (10, &Layout::new("ConcatenationOptions", 2, &[])),
    (11, &Layout::new("AddOptions", 2, &[])),
    (12, &Layout::new("L2NormOptions", 1, &[])),
    (13, &Layout::new("LocalResponseNormalizationOptions", 4, &[])),
    (14, &Layout::new("LSTMOptions", 5, &[])),
    (15, &Layout::new("ResizeBilinearOptions", 4, &[])),
    (16, &Layout::new("CallOptions", 1, &[])),
    (17, &Layout::new("ReshapeOptions", 1, &[Field(0, Kind::Numbers(4))])),
    (18, &Layout::new("SkipGramOptions", 3, &[])),
    (19, &Layout::new("SpaceToDepthOptions", 1, &[])),
    (20, &Layout::new("EmbeddingLookupSparseOptions", 1, &[])),
    (21, &Layout::new("MulOptions", 1, &[])),
    (22, &Layout::new("PadOptions", 0, &[])),
    (23, &Layout::new("GatherOptions", 2, &[])),
    (24, &Layout::new("BatchToSpaceNDOptions", 0, &[])),
    (25, &Layout::new("SpaceToBatchNDOptions", 0, &[])),
    (26, &Layout::new("TransposeOptions", 0, &[])),
    (27, &Layout::new("ReducerOptions", 1, &[])),
    (28, &Layout::new("SubOptions", 2, &[])),
    (29, &Layout::new("DivOptions", 1, &[])),
    (30, &Layout::new("SqueezeOptions", 1, &[Field(0, Kind::Numbers(4))])),
    (31, &Layout::new("SequenceRNNOptions", 3, &[])),
    (32, &Layout::new("StridedSliceOptions", 6, &[])),
    (33, &Layout::new("ExpOptions", 0, &[])),
    (34, &Layout::new("TopKV2Options", 0, &[])),
    (35, &Layout::new("SplitOptions", 1, &[])),
    (36, &Layout::new("LogSoftmaxOptions", 0, &[])),
    (37, &Layout::new("CastOptions", 2, &[])),
    (38, &Layout::new("DequantizeOptions", 0, &[])),
    (39, &Layout::new("MaximumMinimumOptions", 0, &[])),
    (40, &Layout::new("ArgMaxOptions", 1, &[])),
    (41, &Layout::new("LessOptions", 0, &[])),
    (42, &Layout::new("NegOptions", 0, &[])),
    (43, &Layout::new("PadV2Options", 0, &[])),
    (44, &Layout::new("GreaterOptions", 0, &[])),
    (45, &Layout::new("GreaterEqualOptions", 0, &[])),
    (46, &Layout::new("LessEqualOptions", 0, &[])),
    (47, &Layout::new("SelectOptions", 0, &[])),
    (48, &Layout::new("SliceOptions", 0, &[])),
    (49, &Layout::new("TransposeConvOptions", 5, &[])),
    (50, &Layout::new("SparseToDenseOptions", 1, &[])),
    (51, &Layout::new("TileOptions", 0, &[])),
    (52, &Layout::new("ExpandDimsOptions", 0, &[])),
    (53, &Layout::new("EqualOptions", 0, &[])),
    (54, &Layout::new("NotEqualOptions", 0, &[])),
    (55, &Layout::new("ShapeOptions", 1, &[])),
    (56, &Layout::new("PowOptions", 0, &[])),
    (57, &Layout::new("ArgMinOptions", 1, &[])),
    (58, &Layout::new("FakeQuantOptions", 4, &[])),
    (59, &Layout::new("PackOptions", 2, &[])),
    (60, &Layout::new("LogicalOrOptions", 0, &[])),
    (61, &Layout::new("OneHotOptions", 1, &[])),
    (62, &Layout::new("LogicalAndOptions", 0, &[])),
    (63, &Layout::new("LogicalNotOptions", 0, &[])),
    (64, &Layout::new("UnpackOptions", 2, &[])),
    (65, &Layout::new("FloorDivOptions", 0, &[])),
    (66, &Layout::new("SquareOptions", 0, &[])),
    (67, &Layout::new("ZerosLikeOptions", 0, &[])),
    (68, &Layout::new("FillOptions", 0, &[])),
    (69, &Layout::new("BidirectionalSequenceLSTMOptions", 6, &[])),
    (70, &Layout::new("BidirectionalSequenceRNNOptions", 4, &[])),
    (71, &Layout::new("UnidirectionalSequenceLSTMOptions", 6, &[])),
    (72, &Layout::new("FloorModOptions", 0, &[])),
    (73, &Layout::new("RangeOptions", 0, &[])),
    (74, &Layout::new("ResizeNearestNeighborOptions", 2, &[])),
    (75, &Layout::new("LeakyReluOptions", 1, &[])),
    (76, &Layout::new("SquaredDifferenceOptions", 0, &[])),
    (77, &Layout::new("MirrorPadOptions", 1, &[])),
    (78, &Layout::new("AbsOptions", 0, &[])),
    (79, &Layout::new("SplitVOptions", 1, &[])),
    (80, &Layout::new("UniqueOptions", 1, &[])),
    (81, &Layout::new("ReverseV2Options", 0, &[])),
    (82, &Layout::new("AddNOptions", 0, &[])),
    (83, &Layout::new("GatherNdOptions", 0, &[])),
    (84, &Layout::new("CosOptions", 0, &[])),
    (85, &Layout::new("WhereOptions", 0, &[])),
    (86, &Layout::new("RankOptions", 0, &[])),
    (87, &Layout::new("ReverseSequenceOptions", 2, &[])),
    (88, &Layout::new("MatrixDiagOptions", 0, &[])),
    (89, &Layout::new("QuantizeOptions", 0, &[])),
    (90, &Layout::new("MatrixSetDiagOptions", 0, &[])),
    (91, &Layout::new("HardSwishOptions", 0, &[])),
    (92, &Layout::new("IfOptions", 2, &[])),
    (93, &Layout::new("WhileOptions", 2, &[])),
    (94, &Layout::new("DepthToSpaceOptions", 1, &[])),
    (95, &Layout::new("NonMaxSuppressionV4Options", 0, &[])),
    (96, &Layout::new("NonMaxSuppressionV5Options", 0, &[])),
    (97, &Layout::new("ScatterNdOptions", 0, &[])),
    (98, &Layout::new("SelectV2Options", 0, &[])),
    (99, &Layout::new("DensifyOptions", 0, &[])),
    (100, &Layout::new("SegmentSumOptions", 0, &[])),
    (101, &Layout::new("BatchMatMulOptions", 3, &[])),
    (102, &Layout::new("CumsumOptions", 2, &[])),
    (103, &Layout::new("CallOnceOptions", 1, &[])),
    (104, &Layout::new("BroadcastToOptions", 0, &[])),
    (105, &Layout::new("Rfft2dOptions", 0, &[])),
    (106, &Layout::new("Conv3DOptions", 8, &[])),
    (107, &Layout::new("HashtableOptions", 3, &[])),
    (108, &Layout::new("HashtableFindOptions", 0, &[])),
    (109, &Layout::new("HashtableImportOptions", 0, &[])),
    (110, &Layout::new("HashtableSizeOptions", 0, &[])),
    (111, &Layout::new("VarHandleOptions", 2, &[Field(0, Kind::Text), Field(1, Kind::Text)])),
    (112, &Layout::new("ReadVariableOptions", 0, &[])),
    (113, &Layout::new("AssignVariableOptions", 0, &[])),
    (114, &Layout::new("RandomOptions", 2, &[])),
    (115, &Layout::new("BucketizeOptions", 1, &[Field(0, Kind::Numbers(4))])),
    (116, &Layout::new("GeluOptions", 1, &[])),
    (117, &Layout::new("DynamicUpdateSliceOptions", 0, &[])),
    (118, &Layout::new("UnsortedSegmentProdOptions", 0, &[])),
    (119, &Layout::new("UnsortedSegmentMaxOptions", 0, &[])),
    (120, &Layout::new("UnsortedSegmentMinOptions", 0, &[])),
    (121, &Layout::new("UnsortedSegmentSumOptions", 0, &[])),
    (122, &Layout::new("ATan2Options", 0, &[])),
    (123, &Layout::new("SignOptions", 0, &[])),
    (124, &Layout::new("BitcastOptions", 0, &[])),
    (125, &Layout::new("BitwiseXorOptions", 0, &[])),
    (126, &Layout::new("RightShiftOptions", 0, &[])),
];

static BUILTIN_OPTIONS2: &[(u8, &Layout)] = &[
    (1, &Layout::new("StablehloConcatenateOptions", 1, &[])),
    (2, &Layout::new("StablehloBroadcastInDimOptions", 1, &[Field(0, Kind::Numbers(8))])),
    (
        3,
        &Layout::new(
            "StablehloSliceOptions",
            3,
            &[Field(0, Kind::Numbers(8)), Field(1, Kind::Numbers(8)), Field(2, Kind::Numbers(8))],
        ),
    ),
    (
        4,
        &Layout::new(
            "StablehloConvolutionOptions",
            17,
            &[
                Field(0, Kind::Numbers(8)),
                Field(1, Kind::Numbers(8)),
                Field(2, Kind::Numbers(8)),
                Field(3, Kind::Numbers(8)),
                Field(4, Kind::Numbers(1)),
                Field(7, Kind::Numbers(8)),
                Field(10, Kind::Numbers(8)),
                Field(13, Kind::Numbers(8)),
                Field(16, Kind::Numbers(4)),
            ],
        ),
    ),
    (
        5,
        &Layout::new(
            "StablehloCustomCallOptions",
            6,
            &[Field(0, Kind::Text), Field(2, Kind::Text), Field(4, Kind::Numbers(4)), Field(5, Kind::Numbers(1))],
        ),
    ),
    (6, &Layout::new("StablehloReduceOptions", 2, &[Field(0, Kind::Numbers(8))])),
    (
        7,
        &Layout::new(
            "StablehloScatterOptions",
            7,
            &[Field(1, Kind::Numbers(8)), Field(2, Kind::Numbers(8)), Field(3, Kind::Numbers(8))],
        ),
    ),
    (8, &Layout::new("StablehloCompareOptions", 2, &[])),
    (9, &Layout::new("StablehloDynamicSliceOptions", 1, &[Field(0, Kind::Numbers(8))])),
    (
        10,
        &Layout::new(
            "StablehloPadOptions",
            3,
            &[Field(0, Kind::Numbers(8)), Field(1, Kind::Numbers(8)), Field(2, Kind::Numbers(8))],
        ),
    ),
    (11, &Layout::new("StablehloIotaOptions", 1, &[])),
    (
        12,
        &Layout::new(
            "StablehloDotGeneralOptions",
            5,
            &[
                Field(0, Kind::Numbers(8)),
                Field(1, Kind::Numbers(8)),
                Field(2, Kind::Numbers(8)),
                Field(3, Kind::Numbers(8)),
                Field(4, Kind::Numbers(4)),
            ],
        ),
    ),
    (
        13,
        &Layout::new(
            "StablehloReduceWindowOptions",
            6,
            &[
                Field(0, Kind::Numbers(8)),
                Field(1, Kind::Numbers(8)),
                Field(2, Kind::Numbers(8)),
                Field(3, Kind::Numbers(8)),
                Field(4, Kind::Numbers(8)),
            ],
        ),
    ),
    (14, &Layout::new("StablehloSortOptions", 3, &[])),
    (15, &Layout::new("StablehloWhileOptions", 2, &[])),
    (
        16,
        &Layout::new(
            "StablehloGatherOptions",
            6,
            &[
                Field(0, Kind::Numbers(8)),
                Field(1, Kind::Numbers(8)),
                Field(2, Kind::Numbers(8)),
                Field(4, Kind::Numbers(8)),
            ],
        ),
    ),
    (17, &Layout::new("StablehloTransposeOptions", 1, &[Field(0, Kind::Numbers(8))])),
    (18, &Layout::new("DilateOptions", 0, &[])),
    (19, &Layout::new("StablehloRngBitGeneratorOptions", 1, &[])),
    (20, &Layout::new("ReduceWindowOptions", 1, &[])),
    (21, &Layout::new("StableHLOCompositeOptions", 5, &[Field(0, Kind::Text), Field(2, Kind::Numbers(1))])),
    (22, &Layout::new("StablehloShiftLeftOptions", 0, &[])),
    (23, &Layout::new("StablehloCaseOptions", 1, &[Field(0, Kind::Numbers(4))])),
];
