//! What each kind of node of version 1 writes behind its name.

use super::stream::{Problem, Stream};
use crate::metadata::shortened;

/// Bytes of elements that matrices have: half, float and double.
const ELEMENT_BYTES: [u64; 3] = [2, 4, 8];

/// A part of a node's content, in the order of the file.
enum What {
    /// Numbers and booleans of so many bytes together.
    Bytes(u64),
    Text,
    Shape,
    ShapeOfInput,
    Flags,
    Matrix,
    /// The name of a dynamic axis, when there is one.
    Axis,
    /// A mode of evaluation, which some versions wrote and others did not; no text begins with so small a number.
    Mode,
    /// Axes of a reduction.
    Reduced,
    /// Ranges that are cut out.
    Slices,
    /// Two axes, or an order of all when both are zero.
    Order,
}

/// A part that files from one version of the model on have, and before another.
struct Part(std::ops::Range<u64>, What);

const fn always(what: What) -> Part {
    Part(0..u64::MAX, what)
}

const fn from(version: u64, what: What) -> Part {
    Part(version..u64::MAX, what)
}

const fn before(version: u64, what: What) -> Part {
    Part(0..version, what)
}

/// A kind of node: its names, the first model version whose content is known, and the content.
struct Kind(&'static [&'static str], u64, &'static [Part]);

#[rustfmt::skip]
static KINDS: &[Kind] = &[
    Kind(&[
        "Minus", "Plus", "GreaterEqual", "Equal", "NotEqual", "Exp", "Log", "Reciprocal", "ElementTimes",
        "ClassificationError", "RectifiedLinear", "Tanh", "Sigmoid", "Logistic", "SquareError", "ErrorPrediction",
        "PerDimMeanVarNormalization", "Softmax", "DynamicAxis",
    ], 0, &[]),
    Kind(&["InputValue"], 0, &[
        always(What::Bytes(16)), always(What::ShapeOfInput), from(8, What::Axis), from(10, What::Bytes(4)),
    ]),
    Kind(&["LearnableParameter"], 3, &[always(What::Bytes(4)), always(What::Shape), always(What::Matrix)]),
    Kind(&["CrossEntropyWithSoftmax"], 0, &[always(What::Mode)]),
    Kind(&["Times"], 0, &[from(3, What::Bytes(8)), from(12, What::Bytes(4))]),
    Kind(&["Dropout"], 0, &[
        Part(16..17, What::Bytes(4)), from(17, What::Bytes(8)), from(16, What::Bytes(8)),
    ]),
    Kind(&["Convolution"], 5, &[
        always(What::Shape), always(What::Shape), always(What::Shape), always(What::Flags), always(What::Flags),
        always(What::Shape), always(What::Shape), always(What::Bytes(16)), from(9, What::Bytes(1)),
        from(20, What::Shape), from(21, What::Bytes(1)), from(23, What::Bytes(1)), always(What::Bytes(1)),
        from(18, What::Shape),
    ]),
    Kind(&["Pooling"], 5, &[
        always(What::Shape), always(What::Shape), always(What::Shape), always(What::Flags), always(What::Flags),
        always(What::Shape), always(What::Shape), always(What::Bytes(16)), from(9, What::Bytes(1)),
        from(20, What::Shape), from(21, What::Bytes(1)), from(23, What::Bytes(1)),
    ]),
    Kind(&["MaxPooling", "AveragePooling"], 0, &[always(What::Bytes(32))]),
    Kind(&["ROIPooling"], 0, &[always(What::Shape), from(26, What::Bytes(12))]),
    Kind(&["Reshape"], 0, &[always(What::Bytes(8)), always(What::Shape)]),
    Kind(&["ReduceElements"], 0, &[
        from(27, What::Reduced), before(27, What::Bytes(4)), always(What::Text), from(24, What::Bytes(1)),
    ]),
    Kind(&["BatchNormalization"], 6, &[
        always(What::Bytes(21)), Part(6..19, What::Bytes(8)), Part(19..20, What::Bytes(1)), from(20, What::Bytes(8)),
        always(What::Bytes(9)),
    ]),
    Kind(&["RowStack"], 0, &[from(3, What::Bytes(4))]),
    Kind(&["Slice"], 0, &[always(What::Slices)]),
    Kind(&["PastValue", "FutureValue"], 0, &[
        always(What::Bytes(4)), from(4, What::Shape), before(4, What::Bytes(16)), from(2, What::Bytes(4)),
    ]),
    Kind(&["TransposeDimensions"], 0, &[from(3, What::Order)]),
    Kind(&["InvStdDev", "Mean"], 0, &[always(What::Bytes(1)), always(What::Matrix)]),
];

/// The matrices that nodes hold.
#[derive(Default)]
pub(super) struct Matrices {
    pub(super) count: u64,
    pub(super) elements: u64,
    pub(super) bytes: u64,
}

/// Reads the content of a node of this kind.
pub(super) fn read(stream: &mut Stream<'_>, kind: &str, version: u64, matrices: &mut Matrices) -> Result<(), Problem> {
    let known = KINDS.iter().find(|Kind(names, since, _)| names.contains(&kind) && *since <= version);
    let Some(Kind(_, _, parts)) = known else {
        let kind = shortened(kind);
        return Err(Problem::unsupported(format!("the content of a node `{kind}` in model version {version}")));
    };
    let parts = parts.iter().filter(|Part(versions, _)| versions.contains(&version));
    parts.map(|Part(_, what)| what).try_for_each(|what| read_part(stream, what, version, matrices))
}

fn read_part(stream: &mut Stream<'_>, what: &What, version: u64, matrices: &mut Matrices) -> Result<(), Problem> {
    match what {
        What::Bytes(count) => stream.skip(*count),
        What::Text => stream.text().map(drop),
        What::Shape => stream.shape(),
        What::ShapeOfInput => stream.shape_of_input(),
        What::Flags => stream.flags(),
        What::Matrix => read_matrix(stream, matrices),
        What::Axis => match stream.u32()? {
            0 => Ok(()),
            1 => stream.text().map(drop),
            count => Err(Problem::malformed(format!("an input of {count} dynamic axes"))),
        },
        What::Mode => {
            let at = stream.reader.position();
            if stream.u32()? > 2 {
                stream.reader.seek(at);
            }
            Ok(())
        }
        What::Reduced => {
            let count = stream.u32()?;
            stream.skip(u64::from(count).saturating_mul(4))
        }
        What::Slices => {
            let count = if version >= 22 { stream.u32()? } else { 1 };
            let each: u64 = match version {
                0..3 => 16,
                3..27 => 20,
                _ => 24,
            };
            stream.skip(u64::from(count).saturating_mul(each))
        }
        What::Order => {
            let axes = (stream.u32()?, stream.u32()?);
            let count = if version >= 25 && axes == (0, 0) { stream.u64()? } else { 0 };
            stream.skip(count.saturating_mul(8))
        }
    }
}

/// A dense matrix between its markers, behind the letter that says so.
fn read_matrix(stream: &mut Stream<'_>, matrices: &mut Matrices) -> Result<(), Problem> {
    match stream.reader.u8()? {
        b'd' => {}
        b's' => return Err(Problem::unsupported("a sparse matrix")),
        other => return Err(Problem::malformed(format!("a matrix of type {other:#x}"))),
    }
    stream.expect("BMAT")?;
    let element_bytes = stream.u64()?;
    if !ELEMENT_BYTES.contains(&element_bytes) {
        return Err(Problem::malformed(format!("a matrix of elements of {element_bytes} bytes")));
    }
    stream.text()?;
    stream.u32()?;
    let elements = stream.u64()?.saturating_mul(stream.u64()?);
    let bytes = elements.saturating_mul(element_bytes);
    stream.skip(bytes)?;
    stream.expect("EMAT")?;
    matrices.count = matrices.count.saturating_add(1);
    matrices.elements = matrices.elements.saturating_add(elements);
    matrices.bytes = matrices.bytes.saturating_add(bytes);
    Ok(())
}
