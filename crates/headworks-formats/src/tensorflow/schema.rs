//! The messages of TensorFlow's graphs and saved models, as far as they can be reached from one.
//!
//! Source: the `.proto` files of TensorFlow 2.21 under `core/framework` and `core/protobuf`, and
//! `saved_metadata.proto` of Keras 2.

use crate::message::Kind::{Bytes, Inner, Number};
use crate::message::Schema;

static ANY: Schema = Schema { name: "Any", fields: &[(1, Bytes), (2, Bytes)] };
static ASSET_FILE_DEF: Schema = Schema { name: "AssetFileDef", fields: &[(1, Inner(&TENSOR_INFO)), (2, Bytes)] };
static ATTR_VALUE: Schema = Schema {
    name: "AttrValue",
    fields: &[
        (1, Inner(&ATTR_VALUE_LIST_VALUE)),
        (2, Bytes),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Number),
        (7, Inner(&TENSOR_SHAPE_PROTO)),
        (8, Inner(&TENSOR_PROTO)),
        (9, Bytes),
        (10, Inner(&NAME_ATTR_LIST)),
    ],
};
static ATTR_VALUE_LIST_VALUE: Schema = Schema {
    name: "AttrValue.ListValue",
    fields: &[
        (2, Bytes),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Number),
        (7, Inner(&TENSOR_SHAPE_PROTO)),
        (8, Inner(&TENSOR_PROTO)),
        (9, Inner(&NAME_ATTR_LIST)),
    ],
};
static BOUNDED_TENSOR_SPEC_PROTO: Schema = Schema {
    name: "BoundedTensorSpecProto",
    fields: &[
        (1, Bytes),
        (2, Inner(&TENSOR_SHAPE_PROTO)),
        (3, Number),
        (4, Inner(&TENSOR_PROTO)),
        (5, Inner(&TENSOR_PROTO)),
    ],
};
pub(crate) static BUNDLE_ENTRY_PROTO: Schema = Schema {
    name: "BundleEntryProto",
    fields: &[
        (1, Number),
        (2, Inner(&TENSOR_SHAPE_PROTO)),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Number),
        (7, Inner(&TENSOR_SLICE_PROTO)),
    ],
};
pub(crate) static BUNDLE_HEADER_PROTO: Schema =
    Schema { name: "BundleHeaderProto", fields: &[(1, Number), (2, Number), (3, Inner(&VERSION_DEF))] };
static CAPTURED_TENSOR: Schema = Schema { name: "CapturedTensor", fields: &[(1, Bytes), (2, Bytes)] };
static COLLECTION_DEF: Schema = Schema {
    name: "CollectionDef",
    fields: &[
        (1, Inner(&COLLECTION_DEF_NODE_LIST)),
        (2, Inner(&COLLECTION_DEF_BYTES_LIST)),
        (3, Inner(&COLLECTION_DEF_INT64_LIST)),
        (4, Inner(&COLLECTION_DEF_FLOAT_LIST)),
        (5, Inner(&COLLECTION_DEF_ANY_LIST)),
    ],
};
static COLLECTION_DEF_ANY_LIST: Schema = Schema { name: "CollectionDef.AnyList", fields: &[(1, Inner(&ANY))] };
static COLLECTION_DEF_BYTES_LIST: Schema = Schema { name: "CollectionDef.BytesList", fields: &[(1, Bytes)] };
static COLLECTION_DEF_FLOAT_LIST: Schema = Schema { name: "CollectionDef.FloatList", fields: &[(1, Number)] };
static COLLECTION_DEF_INT64_LIST: Schema = Schema { name: "CollectionDef.Int64List", fields: &[(1, Number)] };
static COLLECTION_DEF_NODE_LIST: Schema = Schema { name: "CollectionDef.NodeList", fields: &[(1, Bytes)] };
static DICT_VALUE: Schema = Schema { name: "DictValue", fields: &[(1, Inner(&DICT_VALUE_FIELDS_ENTRY))] };
static DICT_VALUE_FIELDS_ENTRY: Schema =
    Schema { name: "DictValue.FieldsEntry", fields: &[(1, Bytes), (2, Inner(&STRUCTURED_VALUE))] };
pub(crate) static FINGERPRINT_DEF: Schema = Schema {
    name: "FingerprintDef",
    fields: &[(1, Number), (2, Number), (3, Number), (4, Number), (5, Number), (6, Inner(&VERSION_DEF)), (7, Bytes)],
};
static FULL_TYPE_DEF: Schema =
    Schema { name: "FullTypeDef", fields: &[(1, Number), (2, Inner(&FULL_TYPE_DEF)), (3, Bytes), (4, Number)] };
static FUNCTION_DEF: Schema = Schema {
    name: "FunctionDef",
    fields: &[
        (1, Inner(&OP_DEF)),
        (3, Inner(&NODE_DEF)),
        (4, Inner(&FUNCTION_DEF_RET_ENTRY)),
        (5, Inner(&FUNCTION_DEF_ATTR_ENTRY)),
        (6, Inner(&FUNCTION_DEF_CONTROL_RET_ENTRY)),
        (7, Inner(&FUNCTION_DEF_ARG_ATTR_ENTRY)),
        (8, Inner(&FUNCTION_DEF_RESOURCE_ARG_UNIQUE_ID_ENTRY)),
    ],
};
static FUNCTION_DEF_ARG_ATTR_ENTRY: Schema =
    Schema { name: "FunctionDef.ArgAttrEntry", fields: &[(1, Number), (2, Inner(&FUNCTION_DEF_ARG_ATTRS))] };
static FUNCTION_DEF_ARG_ATTRS: Schema =
    Schema { name: "FunctionDef.ArgAttrs", fields: &[(1, Inner(&FUNCTION_DEF_ARG_ATTRS_ATTR_ENTRY))] };
static FUNCTION_DEF_ARG_ATTRS_ATTR_ENTRY: Schema =
    Schema { name: "FunctionDef.ArgAttrs.AttrEntry", fields: &[(1, Bytes), (2, Inner(&ATTR_VALUE))] };
static FUNCTION_DEF_ATTR_ENTRY: Schema =
    Schema { name: "FunctionDef.AttrEntry", fields: &[(1, Bytes), (2, Inner(&ATTR_VALUE))] };
static FUNCTION_DEF_CONTROL_RET_ENTRY: Schema =
    Schema { name: "FunctionDef.ControlRetEntry", fields: &[(1, Bytes), (2, Bytes)] };
static FUNCTION_DEF_RESOURCE_ARG_UNIQUE_ID_ENTRY: Schema =
    Schema { name: "FunctionDef.ResourceArgUniqueIdEntry", fields: &[(1, Number), (2, Number)] };
static FUNCTION_DEF_RET_ENTRY: Schema = Schema { name: "FunctionDef.RetEntry", fields: &[(1, Bytes), (2, Bytes)] };
static FUNCTION_DEF_LIBRARY: Schema = Schema {
    name: "FunctionDefLibrary",
    fields: &[(1, Inner(&FUNCTION_DEF)), (2, Inner(&GRADIENT_DEF)), (3, Inner(&REGISTERED_GRADIENT))],
};
static FUNCTION_SPEC: Schema = Schema {
    name: "FunctionSpec",
    fields: &[(1, Inner(&STRUCTURED_VALUE)), (2, Number), (5, Inner(&STRUCTURED_VALUE)), (6, Number)],
};
static GRADIENT_DEF: Schema = Schema { name: "GradientDef", fields: &[(1, Bytes), (2, Bytes)] };
static GRAPH_DEBUG_INFO: Schema = Schema {
    name: "GraphDebugInfo",
    fields: &[
        (1, Bytes),
        (2, Inner(&GRAPH_DEBUG_INFO_TRACES_ENTRY)),
        (4, Inner(&GRAPH_DEBUG_INFO_FRAMES_BY_ID_ENTRY)),
        (5, Inner(&GRAPH_DEBUG_INFO_NAME_TO_TRACE_ID_ENTRY)),
        (6, Inner(&GRAPH_DEBUG_INFO_TRACES_BY_ID_ENTRY)),
    ],
};
static GRAPH_DEBUG_INFO_FILE_LINE_COL: Schema = Schema {
    name: "GraphDebugInfo.FileLineCol",
    fields: &[(1, Number), (2, Number), (3, Number), (4, Bytes), (5, Bytes)],
};
static GRAPH_DEBUG_INFO_FRAMES_BY_ID_ENTRY: Schema = Schema {
    name: "GraphDebugInfo.FramesByIdEntry",
    fields: &[(1, Number), (2, Inner(&GRAPH_DEBUG_INFO_FILE_LINE_COL))],
};
static GRAPH_DEBUG_INFO_NAME_TO_TRACE_ID_ENTRY: Schema =
    Schema { name: "GraphDebugInfo.NameToTraceIdEntry", fields: &[(1, Bytes), (2, Number)] };
static GRAPH_DEBUG_INFO_STACK_TRACE: Schema =
    Schema { name: "GraphDebugInfo.StackTrace", fields: &[(1, Inner(&GRAPH_DEBUG_INFO_FILE_LINE_COL)), (2, Number)] };
static GRAPH_DEBUG_INFO_TRACES_BY_ID_ENTRY: Schema = Schema {
    name: "GraphDebugInfo.TracesByIdEntry",
    fields: &[(1, Number), (2, Inner(&GRAPH_DEBUG_INFO_STACK_TRACE))],
};
static GRAPH_DEBUG_INFO_TRACES_ENTRY: Schema =
    Schema { name: "GraphDebugInfo.TracesEntry", fields: &[(1, Bytes), (2, Inner(&GRAPH_DEBUG_INFO_STACK_TRACE))] };
pub(crate) static GRAPH_DEF: Schema = Schema {
    name: "GraphDef",
    fields: &[
        (1, Inner(&NODE_DEF)),
        (2, Inner(&FUNCTION_DEF_LIBRARY)),
        (3, Number),
        (4, Inner(&VERSION_DEF)),
        (5, Inner(&GRAPH_DEBUG_INFO)),
    ],
};
static LIST_VALUE: Schema = Schema { name: "ListValue", fields: &[(1, Inner(&STRUCTURED_VALUE))] };
pub(crate) static META_GRAPH_DEF: Schema = Schema {
    name: "MetaGraphDef",
    fields: &[
        (1, Inner(&META_GRAPH_DEF_META_INFO_DEF)),
        (2, Inner(&GRAPH_DEF)),
        (3, Inner(&SAVER_DEF)),
        (4, Inner(&META_GRAPH_DEF_COLLECTION_DEF_ENTRY)),
        (5, Inner(&META_GRAPH_DEF_SIGNATURE_DEF_ENTRY)),
        (6, Inner(&ASSET_FILE_DEF)),
        (7, Inner(&SAVED_OBJECT_GRAPH)),
    ],
};
static META_GRAPH_DEF_COLLECTION_DEF_ENTRY: Schema =
    Schema { name: "MetaGraphDef.CollectionDefEntry", fields: &[(1, Bytes), (2, Inner(&COLLECTION_DEF))] };
static META_GRAPH_DEF_META_INFO_DEF: Schema = Schema {
    name: "MetaGraphDef.MetaInfoDef",
    fields: &[
        (1, Bytes),
        (2, Inner(&OP_LIST)),
        (3, Inner(&ANY)),
        (4, Bytes),
        (5, Bytes),
        (6, Bytes),
        (7, Number),
        (8, Inner(&META_GRAPH_DEF_META_INFO_DEF_FUNCTION_ALIASES_ENTRY)),
    ],
};
static META_GRAPH_DEF_META_INFO_DEF_FUNCTION_ALIASES_ENTRY: Schema =
    Schema { name: "MetaGraphDef.MetaInfoDef.FunctionAliasesEntry", fields: &[(1, Bytes), (2, Bytes)] };
static META_GRAPH_DEF_SIGNATURE_DEF_ENTRY: Schema =
    Schema { name: "MetaGraphDef.SignatureDefEntry", fields: &[(1, Bytes), (2, Inner(&SIGNATURE_DEF))] };
static NAME_ATTR_LIST: Schema =
    Schema { name: "NameAttrList", fields: &[(1, Bytes), (2, Inner(&NAME_ATTR_LIST_ATTR_ENTRY))] };
static NAME_ATTR_LIST_ATTR_ENTRY: Schema =
    Schema { name: "NameAttrList.AttrEntry", fields: &[(1, Bytes), (2, Inner(&ATTR_VALUE))] };
static NAMED_TUPLE_VALUE: Schema = Schema { name: "NamedTupleValue", fields: &[(1, Bytes), (2, Inner(&PAIR_VALUE))] };
pub(crate) static NODE_DEF: Schema = Schema {
    name: "NodeDef",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Bytes),
        (4, Bytes),
        (5, Inner(&NODE_DEF_ATTR_ENTRY)),
        (6, Inner(&NODE_DEF_EXPERIMENTAL_DEBUG_INFO)),
        (7, Inner(&FULL_TYPE_DEF)),
    ],
};
static NODE_DEF_ATTR_ENTRY: Schema =
    Schema { name: "NodeDef.AttrEntry", fields: &[(1, Bytes), (2, Inner(&ATTR_VALUE))] };
static NODE_DEF_EXPERIMENTAL_DEBUG_INFO: Schema =
    Schema { name: "NodeDef.ExperimentalDebugInfo", fields: &[(1, Bytes), (2, Bytes)] };
static NONE_VALUE: Schema = Schema { name: "NoneValue", fields: &[] };
static OP_DEF: Schema = Schema {
    name: "OpDef",
    fields: &[
        (1, Bytes),
        (2, Inner(&OP_DEF_ARG_DEF)),
        (3, Inner(&OP_DEF_ARG_DEF)),
        (4, Inner(&OP_DEF_ATTR_DEF)),
        (5, Bytes),
        (6, Bytes),
        (8, Inner(&OP_DEPRECATION)),
        (16, Number),
        (17, Number),
        (18, Number),
        (19, Number),
        (20, Bytes),
        (21, Number),
    ],
};
static OP_DEF_ARG_DEF: Schema = Schema {
    name: "OpDef.ArgDef",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Number),
        (4, Bytes),
        (5, Bytes),
        (6, Bytes),
        (7, Inner(&RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE)),
        (16, Number),
        (17, Inner(&FULL_TYPE_DEF)),
    ],
};
static OP_DEF_ATTR_DEF: Schema = Schema {
    name: "OpDef.AttrDef",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Inner(&ATTR_VALUE)),
        (4, Bytes),
        (5, Number),
        (6, Number),
        (7, Inner(&ATTR_VALUE)),
    ],
};
static OP_DEPRECATION: Schema = Schema { name: "OpDeprecation", fields: &[(1, Number), (2, Bytes)] };
static OP_LIST: Schema = Schema { name: "OpList", fields: &[(1, Inner(&OP_DEF))] };
static PAIR_VALUE: Schema = Schema { name: "PairValue", fields: &[(1, Bytes), (2, Inner(&STRUCTURED_VALUE))] };
static REGISTERED_GRADIENT: Schema = Schema { name: "RegisteredGradient", fields: &[(1, Bytes), (2, Bytes)] };
static RESOURCE_HANDLE_PROTO: Schema = Schema {
    name: "ResourceHandleProto",
    fields: &[
        (1, Bytes),
        (2, Bytes),
        (3, Bytes),
        (4, Number),
        (5, Bytes),
        (6, Inner(&RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE)),
    ],
};
static RESOURCE_HANDLE_PROTO_DTYPE_AND_SHAPE: Schema =
    Schema { name: "ResourceHandleProto.DtypeAndShape", fields: &[(1, Number), (2, Inner(&TENSOR_SHAPE_PROTO))] };
static SAVEABLE_OBJECT: Schema = Schema { name: "SaveableObject", fields: &[(2, Number), (3, Number)] };
static SAVED_ASSET: Schema = Schema { name: "SavedAsset", fields: &[(1, Number)] };
static SAVED_BARE_CONCRETE_FUNCTION: Schema = Schema {
    name: "SavedBareConcreteFunction",
    fields: &[(1, Bytes), (2, Bytes), (3, Number), (4, Inner(&FUNCTION_SPEC))],
};
static SAVED_CONCRETE_FUNCTION: Schema = Schema {
    name: "SavedConcreteFunction",
    fields: &[(2, Number), (3, Inner(&STRUCTURED_VALUE)), (4, Inner(&STRUCTURED_VALUE))],
};
static SAVED_CONSTANT: Schema = Schema { name: "SavedConstant", fields: &[(1, Bytes)] };
static SAVED_FUNCTION: Schema = Schema { name: "SavedFunction", fields: &[(1, Bytes), (2, Inner(&FUNCTION_SPEC))] };
pub(crate) static SAVED_MODEL: Schema =
    Schema { name: "SavedModel", fields: &[(1, Number), (2, Inner(&META_GRAPH_DEF))] };
static SAVED_OBJECT: Schema = Schema {
    name: "SavedObject",
    fields: &[
        (1, Inner(&TRACKABLE_OBJECT_GRAPH_TRACKABLE_OBJECT_OBJECT_REFERENCE)),
        (3, Inner(&TRACKABLE_OBJECT_GRAPH_TRACKABLE_OBJECT_SLOT_VARIABLE_REFERENCE)),
        (4, Inner(&SAVED_USER_OBJECT)),
        (5, Inner(&SAVED_ASSET)),
        (6, Inner(&SAVED_FUNCTION)),
        (7, Inner(&SAVED_VARIABLE)),
        (8, Inner(&SAVED_BARE_CONCRETE_FUNCTION)),
        (9, Inner(&SAVED_CONSTANT)),
        (10, Inner(&SAVED_RESOURCE)),
        (11, Inner(&SAVED_OBJECT_SAVEABLE_OBJECTS_ENTRY)),
        (12, Inner(&CAPTURED_TENSOR)),
        (13, Bytes),
        (14, Inner(&ANY)),
        (15, Inner(&TRACKABLE_OBJECT_GRAPH_TRACKABLE_OBJECT_OBJECT_REFERENCE)),
        (16, Bytes),
    ],
};
static SAVED_OBJECT_SAVEABLE_OBJECTS_ENTRY: Schema =
    Schema { name: "SavedObject.SaveableObjectsEntry", fields: &[(1, Bytes), (2, Inner(&SAVEABLE_OBJECT))] };
static SAVED_OBJECT_GRAPH: Schema = Schema {
    name: "SavedObjectGraph",
    fields: &[(1, Inner(&SAVED_OBJECT)), (2, Inner(&SAVED_OBJECT_GRAPH_CONCRETE_FUNCTIONS_ENTRY))],
};
static SAVED_OBJECT_GRAPH_CONCRETE_FUNCTIONS_ENTRY: Schema = Schema {
    name: "SavedObjectGraph.ConcreteFunctionsEntry",
    fields: &[(1, Bytes), (2, Inner(&SAVED_CONCRETE_FUNCTION))],
};
static SAVED_RESOURCE: Schema = Schema { name: "SavedResource", fields: &[(1, Bytes)] };
static SAVED_USER_OBJECT: Schema =
    Schema { name: "SavedUserObject", fields: &[(1, Bytes), (2, Inner(&VERSION_DEF)), (3, Bytes)] };
static SAVED_VARIABLE: Schema = Schema {
    name: "SavedVariable",
    fields: &[
        (1, Number),
        (2, Inner(&TENSOR_SHAPE_PROTO)),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Bytes),
        (7, Bytes),
        (8, Inner(&SAVED_VARIABLE)),
    ],
};
static SAVER_DEF: Schema = Schema {
    name: "SaverDef",
    fields: &[(1, Bytes), (2, Bytes), (3, Bytes), (4, Number), (5, Number), (6, Number), (7, Number)],
};
static SIGNATURE_DEF: Schema = Schema {
    name: "SignatureDef",
    fields: &[
        (1, Inner(&SIGNATURE_DEF_INPUTS_ENTRY)),
        (2, Inner(&SIGNATURE_DEF_OUTPUTS_ENTRY)),
        (3, Bytes),
        (4, Inner(&SIGNATURE_DEF_DEFAULTS_ENTRY)),
    ],
};
static SIGNATURE_DEF_DEFAULTS_ENTRY: Schema =
    Schema { name: "SignatureDef.DefaultsEntry", fields: &[(1, Bytes), (2, Inner(&TENSOR_PROTO))] };
static SIGNATURE_DEF_INPUTS_ENTRY: Schema =
    Schema { name: "SignatureDef.InputsEntry", fields: &[(1, Bytes), (2, Inner(&TENSOR_INFO))] };
static SIGNATURE_DEF_OUTPUTS_ENTRY: Schema =
    Schema { name: "SignatureDef.OutputsEntry", fields: &[(1, Bytes), (2, Inner(&TENSOR_INFO))] };
static STRUCTURED_VALUE: Schema = Schema {
    name: "StructuredValue",
    fields: &[
        (1, Inner(&NONE_VALUE)),
        (11, Number),
        (12, Number),
        (13, Bytes),
        (14, Number),
        (31, Inner(&TENSOR_SHAPE_PROTO)),
        (32, Number),
        (33, Inner(&TENSOR_SPEC_PROTO)),
        (34, Inner(&TYPE_SPEC_PROTO)),
        (35, Inner(&BOUNDED_TENSOR_SPEC_PROTO)),
        (51, Inner(&LIST_VALUE)),
        (52, Inner(&TUPLE_VALUE)),
        (53, Inner(&DICT_VALUE)),
        (54, Inner(&NAMED_TUPLE_VALUE)),
        (55, Inner(&TENSOR_PROTO)),
        (56, Inner(&TENSOR_PROTO)),
    ],
};
static TENSOR_INFO: Schema = Schema {
    name: "TensorInfo",
    fields: &[
        (1, Bytes),
        (2, Number),
        (3, Inner(&TENSOR_SHAPE_PROTO)),
        (4, Inner(&TENSOR_INFO_COO_SPARSE)),
        (5, Inner(&TENSOR_INFO_COMPOSITE_TENSOR)),
    ],
};
static TENSOR_INFO_COMPOSITE_TENSOR: Schema =
    Schema { name: "TensorInfo.CompositeTensor", fields: &[(1, Inner(&TYPE_SPEC_PROTO)), (2, Inner(&TENSOR_INFO))] };
static TENSOR_INFO_COO_SPARSE: Schema =
    Schema { name: "TensorInfo.CooSparse", fields: &[(1, Bytes), (2, Bytes), (3, Bytes)] };
static TENSOR_PROTO: Schema = Schema {
    name: "TensorProto",
    fields: &[
        (1, Number),
        (2, Inner(&TENSOR_SHAPE_PROTO)),
        (3, Number),
        (4, Bytes),
        (5, Number),
        (6, Number),
        (7, Number),
        (8, Bytes),
        (9, Number),
        (10, Number),
        (11, Number),
        (12, Number),
        (13, Number),
        (14, Inner(&RESOURCE_HANDLE_PROTO)),
        (15, Inner(&VARIANT_TENSOR_DATA_PROTO)),
        (16, Number),
        (17, Number),
        (18, Bytes),
    ],
};
static TENSOR_SHAPE_PROTO: Schema =
    Schema { name: "TensorShapeProto", fields: &[(2, Inner(&TENSOR_SHAPE_PROTO_DIM)), (3, Number)] };
static TENSOR_SHAPE_PROTO_DIM: Schema = Schema { name: "TensorShapeProto.Dim", fields: &[(1, Number), (2, Bytes)] };
static TENSOR_SLICE_PROTO: Schema =
    Schema { name: "TensorSliceProto", fields: &[(1, Inner(&TENSOR_SLICE_PROTO_EXTENT))] };
static TENSOR_SLICE_PROTO_EXTENT: Schema =
    Schema { name: "TensorSliceProto.Extent", fields: &[(1, Number), (2, Number)] };
static TENSOR_SPEC_PROTO: Schema =
    Schema { name: "TensorSpecProto", fields: &[(1, Bytes), (2, Inner(&TENSOR_SHAPE_PROTO)), (3, Number)] };
static TRACKABLE_OBJECT_GRAPH_TRACKABLE_OBJECT_OBJECT_REFERENCE: Schema =
    Schema { name: "TrackableObjectGraph.TrackableObject.ObjectReference", fields: &[(1, Number), (2, Bytes)] };
static TRACKABLE_OBJECT_GRAPH_TRACKABLE_OBJECT_SLOT_VARIABLE_REFERENCE: Schema = Schema {
    name: "TrackableObjectGraph.TrackableObject.SlotVariableReference",
    fields: &[(1, Number), (2, Bytes), (3, Number)],
};
static TUPLE_VALUE: Schema = Schema { name: "TupleValue", fields: &[(1, Inner(&STRUCTURED_VALUE))] };
static TYPE_SPEC_PROTO: Schema =
    Schema { name: "TypeSpecProto", fields: &[(1, Number), (2, Inner(&STRUCTURED_VALUE)), (3, Bytes), (4, Number)] };
static VARIANT_TENSOR_DATA_PROTO: Schema =
    Schema { name: "VariantTensorDataProto", fields: &[(1, Bytes), (2, Bytes), (3, Inner(&TENSOR_PROTO))] };
static VERSION_DEF: Schema = Schema { name: "VersionDef", fields: &[(1, Number), (2, Number), (3, Number)] };
pub(crate) static SAVED_METADATA: Schema =
    Schema { name: "SavedMetadata", fields: &[(1, Inner(&SAVED_METADATA_OBJECT))] };
static SAVED_METADATA_OBJECT: Schema = Schema {
    name: "SavedMetadata.SavedObject",
    fields: &[(2, Number), (3, Bytes), (4, Bytes), (5, Bytes), (6, Inner(&VERSION_DEF))],
};
