//! SentencePiece tokenizers (`tokenizer.model`, `spiece.model`).
//!
//! Source: `sentencepiece_model.proto` of sentencepiece 0.2. The file is data: pieces with scores, how it was
//! trained, and a table for normalization. The library takes every piece once; another that is the same is
//! stated. A field of no known number is unexplained, although the format leaves room for such.
//!
//! Not covered: what the table for normalization maps to what. Pieces are words of all languages and the
//! web, so their text is not judged.

use std::collections::HashSet;

use headworks_types::{Fault, fact::TensorFact};

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::message::Kind::{Bytes, Inner, Number};
use crate::message::{Schema, Step, Walk, What};
use crate::metadata::shortened;
use crate::protobuf::{Message, Value, Wire};

/// A tokenizer of sentencepiece.
pub(crate) static FORMAT: Format = Format { id: "sentencepiece", title: "SentencePiece tokenizer", claims, inspect };

/// Bytes of a piece; trainers make at most some hundred.
const PIECE_BYTES_MAX: u64 = 1 << 20;

static MODEL: Schema = Schema {
    name: "ModelProto",
    fields: &[
        (1, Inner(&PIECE)),
        (2, Inner(&TRAINER)),
        (3, Inner(&NORMALIZER)),
        (4, Inner(&SELF_TEST)),
        (5, Inner(&NORMALIZER)),
    ],
};

static PIECE: Schema = Schema { name: "SentencePiece", fields: &[(1, Bytes), (2, Number), (3, Number)] };

static SELF_TEST: Schema = Schema { name: "SelfTestData", fields: &[(1, Inner(&SAMPLE))] };

static SAMPLE: Schema = Schema { name: "Sample", fields: &[(1, Bytes), (2, Bytes)] };

static NORMALIZER: Schema = Schema {
    name: "NormalizerSpec",
    fields: &[(1, Bytes), (2, Bytes), (3, Number), (4, Number), (5, Number), (6, Bytes)],
};

#[rustfmt::skip]
static TRAINER: Schema = Schema {
    name: "TrainerSpec",
    fields: &[
        (1, Bytes), (2, Bytes), (3, Number), (4, Number), (5, Bytes), (6, Number), (7, Bytes), (10, Number),
        (11, Number), (12, Number), (13, Number), (14, Number), (15, Number), (16, Number), (17, Number),
        (18, Number), (19, Number), (20, Number), (21, Number), (22, Number), (23, Number), (24, Number),
        (25, Number), (26, Number), (30, Bytes), (31, Bytes), (32, Number), (33, Number), (34, Number),
        (35, Number), (36, Bytes), (40, Number), (41, Number), (42, Number), (43, Number), (44, Bytes),
        (45, Bytes), (46, Bytes), (47, Bytes), (48, Bytes), (49, Number), (50, Number), (51, Number),
        (52, Number), (53, Bytes), (54, Bytes), (55, Number),
    ],
};

/// A file has no magic: it begins with two pieces, each of a text and a score.
fn claims(probe: &Probe<'_>) -> bool {
    if probe.head.first() != Some(&0x0a) {
        return false;
    }
    let mut wire = Wire::new(probe.input.bytes);
    let mut message = wire.whole();
    let mut is_piece_next = || match wire.next(&mut message) {
        Ok(Some(field)) if field.number == 1 => field.value.range().is_some_and(|piece| is_piece(&mut wire, piece)),
        _ => false,
    };
    is_piece_next() && is_piece_next()
}

fn is_piece(wire: &mut Wire<'_>, mut piece: Message) -> bool {
    let (mut has_text, mut has_score) = (false, false);
    loop {
        match wire.next(&mut piece) {
            Ok(Some(field)) => match (field.number, field.value) {
                (1, Value::Bytes(_)) => has_text = true,
                (2, Value::Fixed32(_)) => has_score = true,
                (3, Value::Varint(1..=6)) => {}
                _ => return false,
            },
            Ok(None) => return has_text && has_score,
            Err(_) => return false,
        }
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let size = input.bytes.size();
    let mut walk = Walk::over(input.bytes, 0..size, &MODEL, FORMAT.id, inspection.limits);
    let mut pieces = HashSet::new();
    let outcome = read(&mut walk, &mut pieces, input, inspection);
    inspection.identified(input, FORMAT.id, format!("SentencePiece, {} pieces", pieces.len()));
    if let Err(fault) = outcome {
        let at = walk.position().min(size);
        inspection.fact(input.place.at(at..at), fault);
    }
}

fn read(
    walk: &mut Walk<'_>,
    pieces: &mut HashSet<Vec<u8>>,
    input: &Input<'_>,
    inspection: &mut Inspection<'_>,
) -> Result<(), Fault> {
    let mut has_normalizer = false;
    while let Some(Step { holder, number, what }) = walk.next_known(input, inspection)? {
        match what {
            What::Open("NormalizerSpec", _) => has_normalizer = true,
            What::Bytes(range) if holder == PIECE.name && number == 1 => {
                let piece = walk.wire.bytes(&range, PIECE_BYTES_MAX);
                let piece = piece.map_err(|fault| fault.in_format(FORMAT.id, "a piece"))?;
                let key = shortened(&String::from_utf8_lossy(&piece));
                if !pieces.insert(piece) {
                    inspection.fact(input.place.at(range), TensorFact::DuplicateKey { key });
                }
            }
            _ => {}
        }
    }
    // It follows the pieces in every file, so a download that ends between two of them lacks it.
    let wanted = "the normalization".to_owned();
    if has_normalizer { Ok(()) } else { Err(Fault::Truncated { format: FORMAT.id.into(), wanted }) }
}
