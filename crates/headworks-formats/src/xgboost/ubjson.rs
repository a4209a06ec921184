//! UBJSON, as far as XGBoost writes it: draft 12 without high-precision numbers.

use headworks_types::Fault;

use super::{Broken, FORMAT, Model};
use crate::document::Collection;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// Bytes of a string that are kept for the model.
const TEXT_BYTES_KEPT: u64 = 4096;

/// An object or array that is open.
struct Frame {
    is_object: bool,
    /// Elements left, where their number is stated.
    left: Option<u64>,
    /// Type of all elements, where it is stated once.
    of: Option<u8>,
}

/// Walks the whole document; with an error, where it broke.
pub(super) fn walk(input: &Input<'_>, model: &mut Model<'_>, inspection: &Inspection<'_>) -> Result<(), Broken> {
    let depth_max = inspection.limits.document_depth_max;
    let mut walk = Walk { reader: Reader::new(input.bytes), open: Vec::new(), model, depth_max };
    walk.run().map_err(|fault| Some((walk.reader.position(), fault)))
}

struct Walk<'i, 'm, 'p> {
    reader: Reader<'i>,
    open: Vec<Frame>,
    model: &'m mut Model<'p>,
    depth_max: u64,
}

impl Walk<'_, '_, '_> {
    fn run(&mut self) -> Result<(), Fault> {
        let of = self.byte()?;
        self.value(of)?;
        while let Some(frame) = self.open.last_mut() {
            let (is_object, of, left) = (frame.is_object, frame.of, frame.left);
            frame.left = left.map(|left| left.saturating_sub(1));
            if left == Some(0) {
                self.close();
                continue;
            }
            if left.is_none() && self.ends(is_object)? {
                continue;
            }
            if is_object {
                let length = self.length()?;
                let key = self.text(length)?;
                self.model.key(&key);
            }
            let of = of.map_or_else(|| self.byte(), Ok)?;
            self.value(of)?;
        }
        if self.reader.left() > 0 {
            return Err(Fault::Unexplained { format: FORMAT.id.into() });
        }
        Ok(())
    }

    /// Whether the closing mark comes next; it is passed over.
    fn ends(&mut self, is_object: bool) -> Result<bool, Fault> {
        let at = self.reader.position();
        let mark = self.byte()?;
        let ends = mark == if is_object { b'}' } else { b']' };
        if ends {
            self.close();
        } else {
            self.reader.seek(at);
        }
        Ok(ends)
    }

    fn close(&mut self) {
        self.open.pop();
        self.model.close(self.reader.position());
    }

    fn value(&mut self, of: u8) -> Result<(), Fault> {
        match of {
            b'{' | b'[' => return self.container(of == b'{'),
            b'S' => {
                let length = self.length()?;
                let text = self.text(length)?;
                self.model.text(&text);
            }
            b'Z' | b'T' | b'F' => self.model.number(None),
            b'C' => {
                self.byte()?;
                self.model.number(None);
            }
            b'd' | b'D' => {
                self.skip(if of == b'd' { 4 } else { 8 })?;
                self.model.number(None);
            }
            _ => {
                let number = self.integer(of)?;
                self.model.number(Some(number));
            }
        }
        Ok(())
    }

    fn container(&mut self, is_object: bool) -> Result<(), Fault> {
        let at = self.reader.position();
        if self.open.len() as u64 >= self.depth_max {
            return Err(Fault::Budget { limit: "document_depth_max".into(), max: self.depth_max });
        }
        self.model.open(if is_object { Collection::Object } else { Collection::Array }, at);
        let of = if self.is_next(b'$')? { Some(self.byte()?) } else { None };
        let left = if self.is_next(b'#')? { Some(self.length()?) } else { None };
        if of.is_some() && left.is_none() {
            return Err(malformed("elements of one type without their number"));
        }
        self.open.push(Frame { is_object, left, of });
        match (of.and_then(width), left) {
            (Some(width), Some(count)) if !is_object && !self.model.reads_numbers() => {
                self.skip(count.saturating_mul(width))?;
                self.model.numbers(count);
                self.open.pop();
                self.model.close(self.reader.position());
            }
            // Elements of no bytes could be any number.
            (None, Some(_)) if of.is_some_and(|of| matches!(of, b'Z' | b'T' | b'F' | b'N')) => {
                return Err(malformed("an array of elements that have no bytes"));
            }
            _ => {}
        }
        Ok(())
    }

    fn is_next(&mut self, mark: u8) -> Result<bool, Fault> {
        let at = self.reader.position();
        let is_next = self.byte()? == mark;
        if !is_next {
            self.reader.seek(at);
        }
        Ok(is_next)
    }

    fn length(&mut self) -> Result<u64, Fault> {
        let of = self.byte()?;
        let length = self.integer(of)?;
        u64::try_from(length).map_err(|_| malformed("a negative length"))
    }

    fn integer(&mut self, of: u8) -> Result<i64, Fault> {
        let wanted = |fault: ReadFault| wanted(&fault);
        Ok(match of {
            b'i' => i64::from(i8::from_be_bytes(self.reader.array().map_err(wanted)?)),
            b'U' => i64::from(self.reader.u8().map_err(wanted)?),
            b'I' => i64::from(i16::from_be_bytes(self.reader.array().map_err(wanted)?)),
            b'l' => i64::from(i32::from_be_bytes(self.reader.array().map_err(wanted)?)),
            b'L' => i64::from_be_bytes(self.reader.array().map_err(wanted)?),
            _ => return Err(malformed("a mark that is no type")),
        })
    }

    fn text(&mut self, length: u64) -> Result<String, Fault> {
        let kept = length.min(TEXT_BYTES_KEPT);
        let text = self.reader.take(usize::try_from(kept).unwrap_or_default()).map_err(|fault| wanted(&fault))?;
        let text = String::from_utf8_lossy(text).into_owned();
        self.skip(length.saturating_sub(kept))?;
        Ok(text)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.reader.u8().map_err(|fault| wanted(&fault))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.reader.skip(bytes).map_err(|fault| wanted(&fault))
    }
}

/// Bytes of an element of a type whose elements all have the same.
fn width(of: u8) -> Option<u64> {
    match of {
        b'i' | b'U' | b'C' => Some(1),
        b'I' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        _ => None,
    }
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "the end of a value")
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}
