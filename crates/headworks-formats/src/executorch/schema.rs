//! The tables of a program that refer to others, and how many fields each has.
//!
//! Source: `schema/program.fbs` of ExecuTorch 1.5.

use crate::flatbuffer::{Field, Kind, Layout};

static CONTAINER_METADATA: Layout = Layout::new("ContainerMetadata", 2, &[Field(0, Kind::Text), Field(1, Kind::Text)]);
static NULL: Layout = Layout::new("Null", 0, &[]);
static ALLOCATION_DETAILS: Layout = Layout::new("AllocationDetails", 3, &[]);
static EXTRA_TENSOR_INFO: Layout = Layout::new("ExtraTensorInfo", 5, &[Field(1, Kind::Text)]);
static TENSOR: Layout = Layout::new(
    "Tensor",
    10,
    &[
        Field(2, Kind::Numbers(4)),
        Field(3, Kind::Numbers(1)),
        Field(6, Kind::Table(&ALLOCATION_DETAILS)),
        Field(9, Kind::Table(&EXTRA_TENSOR_INFO)),
    ],
);
static INT: Layout = Layout::new("Int", 1, &[]);
static BOOL: Layout = Layout::new("Bool", 1, &[]);
static DOUBLE: Layout = Layout::new("Double", 1, &[]);
static STRING: Layout = Layout::new("String", 1, &[Field(0, Kind::Text)]);
static INT_LIST: Layout = Layout::new("IntList", 1, &[Field(0, Kind::Numbers(8))]);
static DOUBLE_LIST: Layout = Layout::new("DoubleList", 1, &[Field(0, Kind::Numbers(8))]);
static BOOL_LIST: Layout = Layout::new("BoolList", 1, &[Field(0, Kind::Numbers(1))]);
static TENSOR_LIST: Layout = Layout::new("TensorList", 1, &[Field(0, Kind::Numbers(4))]);
static OPTIONAL_TENSOR_LIST: Layout = Layout::new("OptionalTensorList", 1, &[Field(0, Kind::Numbers(4))]);
static EVALUE: Layout = Layout::new("EValue", 2, &[Field(1, Kind::Union(KERNEL_TYPES))]);
static OPERATOR: Layout = Layout::new("Operator", 2, &[Field(0, Kind::Text), Field(1, Kind::Text)]);
static KERNEL_CALL: Layout = Layout::new("KernelCall", 2, &[Field(1, Kind::Numbers(4))]);
static DELEGATE_CALL: Layout = Layout::new("DelegateCall", 2, &[Field(1, Kind::Numbers(4))]);
static MOVE_CALL: Layout = Layout::new("MoveCall", 2, &[]);
static JUMP_FALSE_CALL: Layout = Layout::new("JumpFalseCall", 2, &[]);
static FREE_CALL: Layout = Layout::new("FreeCall", 1, &[]);
static INSTRUCTION: Layout = Layout::new("Instruction", 2, &[Field(1, Kind::Union(INSTRUCTION_ARGUMENTS))]);
static FRAME: Layout = Layout::new("Frame", 4, &[Field(0, Kind::Text), Field(2, Kind::Text), Field(3, Kind::Text)]);
static FRAME_LIST: Layout = Layout::new("FrameList", 1, &[Field(0, Kind::Tables(&FRAME))]);
static BACKEND_DELEGATE_DATA_REFERENCE: Layout = Layout::new("BackendDelegateDataReference", 2, &[]);
static COMPILE_SPEC: Layout = Layout::new("CompileSpec", 2, &[Field(0, Kind::Text), Field(1, Kind::Numbers(1))]);
static BACKEND_DELEGATE: Layout = Layout::new(
    "BackendDelegate",
    3,
    &[
        Field(0, Kind::Text),
        Field(1, Kind::Table(&BACKEND_DELEGATE_DATA_REFERENCE)),
        Field(2, Kind::Tables(&COMPILE_SPEC)),
    ],
);
static CHAIN: Layout = Layout::new(
    "Chain",
    4,
    &[
        Field(0, Kind::Numbers(4)),
        Field(1, Kind::Numbers(4)),
        Field(2, Kind::Tables(&INSTRUCTION)),
        Field(3, Kind::Tables(&FRAME_LIST)),
    ],
);
static EXECUTION_PLAN: Layout = Layout::new(
    "ExecutionPlan",
    10,
    &[
        Field(0, Kind::Text),
        Field(1, Kind::Table(&CONTAINER_METADATA)),
        Field(2, Kind::Tables(&EVALUE)),
        Field(3, Kind::Numbers(4)),
        Field(4, Kind::Numbers(4)),
        Field(5, Kind::Tables(&CHAIN)),
        Field(6, Kind::Tables(&OPERATOR)),
        Field(7, Kind::Tables(&BACKEND_DELEGATE)),
        Field(8, Kind::Numbers(8)),
        Field(9, Kind::Tables(&NON_CONST_BUFFER_DEVICE)),
    ],
);
static NON_CONST_BUFFER_DEVICE: Layout = Layout::new("NonConstBufferDevice", 3, &[]);
static BUFFER: Layout = Layout::new("Buffer", 1, &[Field(0, Kind::Numbers(1))]);
static BACKEND_DELEGATE_INLINE_DATA: Layout =
    Layout::new("BackendDelegateInlineData", 1, &[Field(0, Kind::Numbers(1))]);
static DATA_SEGMENT: Layout = Layout::new("DataSegment", 2, &[]);
static SUBSEGMENT_OFFSETS: Layout = Layout::new("SubsegmentOffsets", 2, &[Field(1, Kind::Numbers(8))]);
static NAMED_DATA: Layout = Layout::new("NamedData", 2, &[Field(0, Kind::Text)]);
pub(super) static PROGRAM: Layout = Layout::new(
    "Program",
    8,
    &[
        Field(1, Kind::Tables(&EXECUTION_PLAN)),
        Field(2, Kind::Tables(&BUFFER)),
        Field(3, Kind::Tables(&BACKEND_DELEGATE_INLINE_DATA)),
        Field(4, Kind::Tables(&DATA_SEGMENT)),
        Field(5, Kind::Table(&SUBSEGMENT_OFFSETS)),
        Field(6, Kind::Tables(&SUBSEGMENT_OFFSETS)),
        Field(7, Kind::Tables(&NAMED_DATA)),
    ],
);
static KERNEL_TYPES: &[(u8, &Layout)] = &[
    (1, &NULL),
    (2, &INT),
    (3, &BOOL),
    (4, &DOUBLE),
    (5, &TENSOR),
    (6, &STRING),
    (7, &INT_LIST),
    (8, &DOUBLE_LIST),
    (9, &BOOL_LIST),
    (10, &TENSOR_LIST),
    (11, &OPTIONAL_TENSOR_LIST),
];
static INSTRUCTION_ARGUMENTS: &[(u8, &Layout)] =
    &[(1, &KERNEL_CALL), (2, &DELEGATE_CALL), (3, &MOVE_CALL), (4, &JUMP_FALSE_CALL), (5, &FREE_CALL)];
