//! The messages of `onnx.proto` of ONNX 1.23, by their field numbers.

use crate::message::{Kind, Schema};

/// A file.
pub(super) static MODEL: Schema = Schema {
    name: "ModelProto",
    fields: &[
        (1, Kind::Number),
        (2, Kind::Bytes),
        (3, Kind::Bytes),
        (4, Kind::Bytes),
        (5, Kind::Number),
        (6, Kind::Bytes),
        (7, Kind::Inner(&GRAPH)),
        (8, Kind::Inner(&OPERATOR_SET)),
        (14, Kind::Inner(&ENTRY)),
        (20, Kind::Inner(&TRAINING)),
        (25, Kind::Inner(&FUNCTION)),
        (26, Kind::Inner(&DEVICE_CONFIGURATION)),
    ],
};

static OPERATOR_SET: Schema = Schema { name: "OperatorSetIdProto", fields: &[(1, Kind::Bytes), (2, Kind::Number)] };

static GRAPH: Schema = Schema {
    name: "GraphProto",
    fields: &[
        (1, Kind::Inner(&NODE)),
        (2, Kind::Bytes),
        (5, Kind::Inner(&TENSOR)),
        (10, Kind::Bytes),
        (11, Kind::Inner(&VALUE)),
        (12, Kind::Inner(&VALUE)),
        (13, Kind::Inner(&VALUE)),
        (14, Kind::Inner(&ANNOTATION)),
        (15, Kind::Inner(&SPARSE_TENSOR)),
        (16, Kind::Inner(&ENTRY)),
    ],
};

static NODE: Schema = Schema {
    name: "NodeProto",
    fields: &[
        (1, Kind::Bytes),
        (2, Kind::Bytes),
        (3, Kind::Bytes),
        (4, Kind::Bytes),
        (5, Kind::Inner(&ATTRIBUTE)),
        (6, Kind::Bytes),
        (7, Kind::Bytes),
        (8, Kind::Bytes),
        (9, Kind::Inner(&ENTRY)),
        (10, Kind::Inner(&NODE_DEVICE_CONFIGURATION)),
    ],
};

static ATTRIBUTE: Schema = Schema {
    name: "AttributeProto",
    fields: &[
        (1, Kind::Bytes),
        (2, Kind::Number),
        (3, Kind::Number),
        (4, Kind::Bytes),
        (5, Kind::Inner(&TENSOR)),
        (6, Kind::Inner(&GRAPH)),
        (7, Kind::Number),
        (8, Kind::Number),
        (9, Kind::Bytes),
        (10, Kind::Inner(&TENSOR)),
        (11, Kind::Inner(&GRAPH)),
        (13, Kind::Bytes),
        (14, Kind::Inner(&TYPE)),
        (15, Kind::Inner(&TYPE)),
        (20, Kind::Number),
        (21, Kind::Bytes),
        (22, Kind::Inner(&SPARSE_TENSOR)),
        (23, Kind::Inner(&SPARSE_TENSOR)),
    ],
};

static TENSOR: Schema = Schema {
    name: "TensorProto",
    fields: &[
        (1, Kind::Number),
        (2, Kind::Number),
        (3, Kind::Inner(&SEGMENT)),
        (4, Kind::Number),
        (5, Kind::Number),
        (6, Kind::Bytes),
        (7, Kind::Number),
        (8, Kind::Bytes),
        (9, Kind::Bytes),
        (10, Kind::Number),
        (11, Kind::Number),
        (12, Kind::Bytes),
        (13, Kind::Inner(&ENTRY)),
        (14, Kind::Number),
        (16, Kind::Inner(&ENTRY)),
    ],
};

static SEGMENT: Schema = Schema { name: "TensorProto.Segment", fields: &[(1, Kind::Number), (2, Kind::Number)] };

static ENTRY: Schema = Schema { name: "StringStringEntryProto", fields: &[(1, Kind::Bytes), (2, Kind::Bytes)] };

static SPARSE_TENSOR: Schema = Schema {
    name: "SparseTensorProto",
    fields: &[(1, Kind::Inner(&TENSOR)), (2, Kind::Inner(&TENSOR)), (3, Kind::Number)],
};

static TYPE: Schema = Schema {
    name: "TypeProto",
    fields: &[
        (1, Kind::Inner(&TENSOR_TYPE)),
        (4, Kind::Inner(&SEQUENCE)),
        (5, Kind::Inner(&MAP)),
        (6, Kind::Bytes),
        (7, Kind::Inner(&OPAQUE)),
        (8, Kind::Inner(&SPARSE_TENSOR_TYPE)),
        (9, Kind::Inner(&OPTIONAL)),
    ],
};

static TENSOR_TYPE: Schema =
    Schema { name: "TypeProto.Tensor", fields: &[(1, Kind::Number), (2, Kind::Inner(&SHAPE))] };

static SHAPE: Schema = Schema { name: "TensorShapeProto", fields: &[(1, Kind::Inner(&DIMENSION))] };

static DIMENSION: Schema =
    Schema { name: "TensorShapeProto.Dimension", fields: &[(1, Kind::Number), (2, Kind::Bytes), (3, Kind::Bytes)] };

static SEQUENCE: Schema = Schema { name: "TypeProto.Sequence", fields: &[(1, Kind::Inner(&TYPE))] };

static MAP: Schema = Schema { name: "TypeProto.Map", fields: &[(1, Kind::Number), (2, Kind::Inner(&TYPE))] };

static OPTIONAL: Schema = Schema { name: "TypeProto.Optional", fields: &[(1, Kind::Inner(&TYPE))] };

static SPARSE_TENSOR_TYPE: Schema =
    Schema { name: "TypeProto.SparseTensor", fields: &[(1, Kind::Number), (2, Kind::Inner(&SHAPE))] };

static OPAQUE: Schema = Schema { name: "TypeProto.Opaque", fields: &[(1, Kind::Bytes), (2, Kind::Bytes)] };

static NODE_DEVICE_CONFIGURATION: Schema = Schema {
    name: "NodeDeviceConfigurationProto",
    fields: &[(1, Kind::Bytes), (2, Kind::Inner(&SHARDING_SPEC)), (3, Kind::Number)],
};

static SHARDING_SPEC: Schema = Schema {
    name: "ShardingSpecProto",
    fields: &[(1, Kind::Bytes), (2, Kind::Number), (3, Kind::Inner(&DEVICE_GROUP)), (4, Kind::Inner(&SHARDED_DIM))],
};

static DEVICE_GROUP: Schema = Schema { name: "IntIntListEntryProto", fields: &[(1, Kind::Number), (2, Kind::Number)] };

static SHARDED_DIM: Schema =
    Schema { name: "ShardedDimProto", fields: &[(1, Kind::Number), (2, Kind::Inner(&SIMPLE_SHARDED_DIM))] };

static SIMPLE_SHARDED_DIM: Schema =
    Schema { name: "SimpleShardedDimProto", fields: &[(1, Kind::Number), (2, Kind::Bytes), (3, Kind::Number)] };

static VALUE: Schema = Schema {
    name: "ValueInfoProto",
    fields: &[(1, Kind::Bytes), (2, Kind::Inner(&TYPE)), (3, Kind::Bytes), (4, Kind::Inner(&ENTRY))],
};

static ANNOTATION: Schema = Schema { name: "TensorAnnotation", fields: &[(1, Kind::Bytes), (2, Kind::Inner(&ENTRY))] };

static TRAINING: Schema = Schema {
    name: "TrainingInfoProto",
    fields: &[(1, Kind::Inner(&GRAPH)), (2, Kind::Inner(&GRAPH)), (3, Kind::Inner(&ENTRY)), (4, Kind::Inner(&ENTRY))],
};

static FUNCTION: Schema = Schema {
    name: "FunctionProto",
    fields: &[
        (1, Kind::Bytes),
        (4, Kind::Bytes),
        (5, Kind::Bytes),
        (6, Kind::Bytes),
        (7, Kind::Inner(&NODE)),
        (8, Kind::Bytes),
        (9, Kind::Inner(&OPERATOR_SET)),
        (10, Kind::Bytes),
        (11, Kind::Inner(&ATTRIBUTE)),
        (12, Kind::Inner(&VALUE)),
        (13, Kind::Bytes),
        (14, Kind::Inner(&ENTRY)),
    ],
};

static DEVICE_CONFIGURATION: Schema =
    Schema { name: "DeviceConfigurationProto", fields: &[(1, Kind::Bytes), (2, Kind::Number), (3, Kind::Bytes)] };

/// Numbers of the fields that a message may hold more than once.
pub(super) fn repeated(message: &str) -> &'static [u32] {
    match message {
        "ModelProto" => &[8, 14, 20, 25, 26],
        "GraphProto" => &[1, 5, 11, 12, 13, 14, 15, 16],
        "NodeProto" => &[1, 2, 5, 9, 10],
        "AttributeProto" => &[7, 8, 9, 10, 11, 15, 23],
        "TensorProto" => &[1, 4, 5, 6, 7, 10, 11, 13, 16],
        "SparseTensorProto" => &[3],
        "TensorShapeProto" => &[1],
        "NodeDeviceConfigurationProto" => &[2],
        "ShardingSpecProto" => &[2, 3, 4],
        "IntIntListEntryProto" => &[2],
        "ShardedDimProto" => &[2],
        "ValueInfoProto" => &[4],
        "TensorAnnotation" => &[2],
        "TrainingInfoProto" => &[3, 4],
        "FunctionProto" => &[4, 5, 6, 7, 9, 11, 12, 14],
        "DeviceConfigurationProto" => &[3],
        _ => &[],
    }
}
