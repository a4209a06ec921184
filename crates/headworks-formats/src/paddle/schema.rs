//! The messages of a program, as far as they can be reached from one.

use crate::message::Kind::{Bytes, Inner, Number};
use crate::message::{Kind, Schema};

const fn schema(name: &'static str, fields: &'static [(u32, Kind)]) -> Schema {
    Schema { name, fields }
}

pub(super) static PROGRAM_DESC: Schema = schema(
    "ProgramDesc",
    &[(1, Inner(&BLOCK_DESC)), (3, Inner(&OP_COMPATIBLE_MAP)), (4, Inner(&VERSION)), (5, Inner(&OP_VERSION_MAP))],
);
static VERSION: Schema = schema("Version", &[(1, Number)]);
static OP_COMPATIBLE_MAP: Schema = schema("OpCompatibleMap", &[(1, Inner(&OP_COMPATIBLE_PAIR)), (2, Bytes)]);
static OP_COMPATIBLE_PAIR: Schema = schema("OpCompatiblePair", &[(1, Bytes), (2, Inner(&COMPATIBLE_INFO))]);
static COMPATIBLE_INFO: Schema = schema("CompatibleInfo", &[(1, Bytes), (2, Number)]);
static OP_VERSION_MAP: Schema = schema("OpVersionMap", &[(1, Inner(&OP_VERSION_PAIR))]);
static OP_VERSION_PAIR: Schema = schema("OpVersionPair", &[(1, Bytes), (2, Inner(&VERSION))]);
static BLOCK_DESC: Schema =
    schema("BlockDesc", &[(1, Number), (2, Number), (3, Inner(&VAR_DESC)), (4, Inner(&OP_DESC)), (5, Number)]);
static OP_DESC: Schema = schema(
    "OpDesc",
    &[(1, Inner(&OP_DESC_VAR)), (2, Inner(&OP_DESC_VAR)), (3, Bytes), (4, Inner(&OP_DESC_ATTR)), (5, Number)],
);
static OP_DESC_VAR: Schema = schema("OpDesc.Var", &[(1, Bytes), (2, Bytes)]);
static OP_DESC_ATTR: Schema = schema(
    "OpDesc.Attr",
    &[
        (1, Bytes),
        (2, Number),
        (3, Number),
        (4, Number),
        (5, Bytes),
        (6, Number),
        (7, Number),
        (8, Bytes),
        (10, Number),
        (11, Number),
        (12, Number),
        (13, Number),
        (14, Number),
        (15, Number),
        (16, Number),
        (17, Bytes),
        (18, Bytes),
        (19, Number),
        (20, Inner(&SCALAR)),
        (21, Inner(&SCALAR)),
    ],
);
static SCALAR: Schema = schema("Scalar", &[(1, Number), (2, Number), (3, Number), (4, Number), (5, Inner(&COMPLEX))]);
static COMPLEX: Schema = schema("Complex", &[(1, Number), (2, Number)]);
static VAR_DESC: Schema = schema(
    "VarDesc",
    &[
        (1, Bytes),
        (2, Inner(&VAR_TYPE)),
        (3, Number),
        (4, Number),
        (5, Number),
        (6, Number),
        (7, Inner(&VAR_DESC_ATTR)),
    ],
);
static VAR_DESC_ATTR: Schema = schema("VarDesc.Attr", &[(1, Bytes), (2, Number), (3, Number), (4, Bytes), (5, Number)]);
static VAR_TYPE: Schema = schema(
    "VarType",
    &[
        (1, Number),
        (2, Inner(&TENSOR_DESC)),
        (3, Inner(&LOD_TENSOR_DESC)),
        (4, Inner(&LOD_TENSOR_DESC)),
        (5, Inner(&READER_DESC)),
        (7, Inner(&TUPLE)),
        (8, Inner(&TENSOR_DESC)),
        (9, Inner(&TENSOR_DESC)),
        (10, Inner(&TENSOR_DESC)),
        (11, Inner(&TENSOR_DESC)),
        (12, Inner(&TENSOR_DESC)),
    ],
);
pub(super) static TENSOR_DESC: Schema = schema("TensorDesc", &[(1, Number), (2, Number)]);
static LOD_TENSOR_DESC: Schema = schema("LoDTensorDesc", &[(1, Inner(&TENSOR_DESC)), (2, Number)]);
static READER_DESC: Schema = schema("ReaderDesc", &[(1, Inner(&LOD_TENSOR_DESC))]);
static TUPLE: Schema = schema("Tuple", &[(1, Number)]);
