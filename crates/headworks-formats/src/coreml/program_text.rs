//! The program of a compiled Core ML model (`model.mil` of an `.mlmodelc`), which is text.
//!
//! Source: programs that `coremlc` wrote for iOS 15 to 18, and the Model Intermediate Language of coremltools 9.0. A
//! statement is types and names, `=`, an operation with its arguments in parentheses and its attributes in brackets,
//! or the operation alone where it has no value; a word outside of parentheses and brackets before a parenthesis is
//! an operation, unless it is a function's name. Read are the names of all
//! operations, and the files of weights that constants take their bytes from.
//!
//! Not covered: types and arguments. For the binaries beside it (`coremldata.bin`) see `coreml-compiled`.

use std::collections::BTreeMap;

use headworks_types::Fault;
use headworks_types::fact::{ExternalKind, GraphFact};

use super::MODEL_PATH;
use crate::document;
use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// A program of Core ML as text.
pub(crate) static FORMAT: Format = Format { id: "coreml-mil", title: "Core ML program text", claims, inspect };

/// What the bytes of a constant in a file begin with.
const FILE: &[u8] = b"BLOBFILE";

fn claims(probe: &Probe<'_>) -> bool {
    let Some(rest) = probe.head.strip_prefix(b"program(") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let after = rest.get(digits..).unwrap_or_default();
    let body = after.strip_prefix(b")").map(<[u8]>::trim_ascii_start).and_then(<[u8]>::first);
    digits > 0 && matches!(body, Some(b'[' | b'{'))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not read");
            return inspection.read_failed(whole, FORMAT.id, &error);
        }
    };
    let mut program = Program::default();
    let outcome = program.read(&bytes);
    let Program { operations, files, functions, .. } = program;
    let count: u64 = operations.values().sum();
    inspection.identified(input, FORMAT.id, format!("Core ML program, {functions} functions, {count} operations"));
    for (name, times) in operations {
        let (framework, domain) = ("coreml".to_owned(), "mil".to_owned());
        inspection.fact_times(whole.clone(), GraphFact::Operator { framework, domain, name }, times);
    }
    for (path, times) in files {
        let target = path.strip_prefix(MODEL_PATH).unwrap_or(&path);
        let kind = crate::onnx::path_kind(target);
        let target = if kind == ExternalKind::Sibling { target.to_owned() } else { shortened(target) };
        let (framework, holder) = ("coreml".to_owned(), "weights".to_owned());
        inspection.fact_times(whole.clone(), GraphFact::External { framework, kind, holder, target }, times);
    }
    if let Err((at, fault)) = outcome {
        inspection.fact(input.place.at(at as u64..input.bytes.size()), fault);
    }
}

/// What a program runs and reads, and where in it the reader stands.
#[derive(Default)]
struct Program {
    operations: BTreeMap<String, u64>,
    files: BTreeMap<String, u64>,
    functions: u64,
    /// Open parentheses and brackets, and open braces.
    depth: u64,
    braces: u64,
    /// Whether the next string is the path of a file.
    is_file_next: bool,
    /// Whether the next word is the name of a function.
    is_name_next: bool,
}

/// Where a program is broken, and how.
type Broken = (usize, Fault);

impl Program {
    /// Goes through the text once; every branch passes over at least one byte.
    fn read(&mut self, text: &[u8]) -> Result<(), Broken> {
        let mut at = 0usize;
        while let Some(&byte) = text.get(at) {
            let rest = text.get(at..).unwrap_or_default();
            at = at.saturating_add(match byte {
                b'"' => self.string(rest).ok_or_else(|| (at, truncated("the end of a string")))?,
                byte if is_letter(byte) => self.word(rest),
                byte => self.mark(byte).ok_or_else(|| (at, malformed("a bracket that nothing opened")))?,
            });
        }
        match (self.depth, self.braces) {
            (0, 0) => Ok(()),
            _ => Err((text.len(), truncated("the end of the program"))),
        }
    }

    /// Length of the string that `rest` begins with, quotes included.
    fn string(&mut self, rest: &[u8]) -> Option<usize> {
        let mut end = 1usize;
        loop {
            match rest.get(end)? {
                b'"' => break,
                b'\\' => end = end.saturating_add(2),
                _ => end = end.saturating_add(1),
            }
        }
        if std::mem::take(&mut self.is_file_next) {
            let path = String::from_utf8_lossy(rest.get(1..end).unwrap_or_default()).into_owned();
            let times = self.files.entry(path).or_default();
            *times = times.saturating_add(1);
        }
        Some(end.saturating_add(1))
    }

    /// Length of the word that `rest` begins with.
    fn word(&mut self, rest: &[u8]) -> usize {
        let length = rest.iter().take_while(|byte| is_letter(**byte)).count();
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let is_name = std::mem::take(&mut self.is_name_next);
        if word == FILE {
            self.is_file_next = true;
        } else if self.depth == 0 && word == b"func" {
            self.functions = self.functions.saturating_add(1);
            self.is_name_next = true;
        } else if self.depth == 0 && self.braces > 0 && !is_name && after.trim_ascii_start().first() == Some(&b'(') {
            let times = self.operations.entry(shortened(&String::from_utf8_lossy(word))).or_default();
            *times = times.saturating_add(1);
        }
        length
    }

    fn mark(&mut self, byte: u8) -> Option<usize> {
        match byte {
            b'(' | b'[' => self.depth = self.depth.saturating_add(1),
            b')' | b']' => self.depth = self.depth.checked_sub(1)?,
            b'{' if self.depth == 0 => self.braces = self.braces.saturating_add(1),
            b'}' if self.depth == 0 => self.braces = self.braces.checked_sub(1)?,
            _ => {}
        }
        Some(1)
    }
}

/// Whether a byte may stand in a name.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':')
}

fn truncated(wanted: &str) -> Fault {
    Fault::Truncated { format: FORMAT.id.into(), wanted: wanted.into() }
}

fn malformed(problem: &str) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(text: &str) -> Vec<(String, u64)> {
        let mut program = Program::default();
        program.read(text.as_bytes()).unwrap();
        program.operations.into_iter().collect()
    }

    #[test]
    fn what_stands_in_brackets_or_strings_is_no_operation() {
        let text = r#"program(1.0) { func main<ios18>(tensor<fp16, [1]> x) {
            string pt = const()[name = string("= evil("), val = string("a\"= evil(")];
            tensor<fp16, [1]> y = mul(x = x, y = fp16(0x1p+0))[name = string("m")]; } -> (y); }"#;
        assert_eq!(operations(text), [("const".to_owned(), 1), ("mul".to_owned(), 1)]);
    }

    #[test]
    fn an_operation_with_several_values_and_one_within_a_block_are_both_read() {
        let text =
            "program(1.0){func main<ios16>(tensor<fp16,[2]> x){tensor<fp16,[1]> a,tensor<fp16,[1]> b = split(x = x);
            tensor<fp16,[1]> c = cond(pred = p){ tensor<fp16,[1]> d = add(x = a, y = b); } -> (d);} -> (c);}";
        let names: Vec<_> = operations(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["add", "cond", "split"]);
    }

    #[test]
    fn an_operation_without_a_value_is_read_and_the_name_of_a_function_is_none() {
        let text = "program(1.3){func main (tensor<fp16,[2]> x){write_state (data = x, input = y)[name = string(\"w\")];} -> (x);}";
        assert_eq!(operations(text), [("write_state".to_owned(), 1)]);
    }

    #[test]
    fn a_program_that_is_cut_or_closes_too_much_is_a_fault() {
        let mut program = Program::default();
        assert!(program.read(b"program(1.0) { func main<ios16>() {").is_err());
        assert!(Program::default().read(b"program(1.0) } {").is_err());
        assert!(Program::default().read(b"program(1.0) { x = \"open").is_err());
    }
}
