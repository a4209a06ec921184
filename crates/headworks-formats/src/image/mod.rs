//! Pictures that lie beside models: PNG, JPEG, GIF and WebP, walked and never decoded.
//!
//! Sources: PNG (W3C, third edition), JPEG (ITU-T T.81, and CIPA DC-007 for several images in one
//! file), GIF89a, WebP (RFC 9649). The structure is read as far as it takes to account for every
//! byte: a picture is a favourite place to carry something else behind its end.
//!
//! Not covered: pixels, and what is hidden among them.

mod gif;
mod jpeg;
mod png;
mod webp;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::reader::{ReadFault, Reader};

/// Raster images.
pub(crate) static FORMAT: Format = Format { id: "image", title: "image (PNG, JPEG, GIF, WebP)", claims, inspect };

/// Reads one kind of image from its first byte to its last.
type Walk = fn(&mut Reader<'_>) -> Result<(), Broken>;

/// What a walk met; the reader stands where it did.
enum Broken {
    Read(ReadFault),
    Rule(String),
}

impl From<ReadFault> for Broken {
    fn from(fault: ReadFault) -> Self {
        Self::Read(fault)
    }
}

fn kind(head: &[u8]) -> Option<(&'static str, Walk)> {
    if head.starts_with(png::SIGNATURE) {
        return Some(("PNG", png::walk));
    }
    if matches!(head, [0xff, 0xd8, 0xff, 0xc0..=0xfe, ..]) {
        return Some(("JPEG", jpeg::walk));
    }
    if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        return Some(("GIF", gif::walk));
    }
    (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP")).then_some(("WebP", webp::walk))
}

fn claims(probe: &Probe<'_>) -> bool {
    kind(probe.head).is_some()
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut reader = Reader::new(input.bytes);
    let size = input.bytes.size();
    let head = reader.array::<12>().unwrap_or_default();
    reader.seek(0);
    let Some((name, walk)) = kind(&head) else {
        inspection.identified(input, FORMAT.id, "no image");
        return inspection.fact(input.place.at(0..size), Fault::Unexplained { format: FORMAT.id.into() });
    };
    inspection.identified(input, FORMAT.id, name);
    let outcome = walk(&mut reader);
    let at = reader.position();
    match outcome {
        Ok(()) if at < size => {
            inspection.fact(input.place.at(at..size), Fault::Unexplained { format: FORMAT.id.into() });
        }
        Ok(()) => {}
        Err(Broken::Read(fault)) => inspection.fact(input.place.at(at..size), fault.in_format(FORMAT.id, name)),
        Err(Broken::Rule(problem)) => {
            inspection.fact(input.place.at(at..size), Fault::Malformed { format: FORMAT.id.into(), problem });
        }
    }
}

fn broken<T>(rule: impl Into<String>) -> Result<T, Broken> {
    Err(Broken::Rule(rule.into()))
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits, Place};

    fn faults(bytes: &[u8]) -> Vec<headworks_types::Fault> {
        let facts = crate::inspect(&bytes.to_vec(), Place::file("logo"), &Limits::default());
        let faults = facts.into_iter().filter_map(|fact| match fact.kind {
            FactKind::Fault(fault) => Some(fault),
            _ => None,
        });
        faults.collect()
    }

    const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xda\0\x03\x01\x12\xff\0\x34\xff\xd0\x56\xff\xd9";

    #[test]
    fn whole_images_have_no_fault() {
        assert_eq!(faults(GIF), []);
        assert_eq!(faults(JPEG), []);
    }

    #[test]
    fn a_second_jpeg_behind_the_first_is_part_of_it_and_a_program_is_not() {
        assert_eq!(faults(&[JPEG, &[0; 9], JPEG].concat()), []);
        assert_eq!(faults(&[JPEG, b"#!/bin/sh\n"].concat()).len(), 1);
        assert_eq!(faults(&[GIF, b"\0"].concat()).len(), 1);
    }

    #[test]
    fn an_image_cut_anywhere_is_truncated() {
        for image in [GIF, JPEG] {
            for length in 12..image.len() {
                assert_eq!(faults(&image[..length]).len(), 1, "{length}");
            }
        }
    }
}
