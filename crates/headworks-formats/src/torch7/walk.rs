//! The values of a Torch7 file, one after the other, without recursion.

use std::collections::{BTreeMap, HashSet};

use headworks_types::Fault;
use headworks_types::fact::{GraphFact, TensorFact};

use super::FORMAT;
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;
use crate::reader::{ReadFault, Reader};

/// Bytes of a class's name; real ones have a few dozen.
const NAME_BYTES_MAX: u64 = 256;

/// Dimensions of a tensor: no program of Torch has more.
const DIMENSIONS_MAX: u64 = 64;

/// What is still to be read, the next one last.
enum Task {
    Values(u64),
}

pub(super) struct Walk<'i> {
    input: &'i Input<'i>,
    reader: Reader<'i>,
    tasks: Vec<Task>,
    /// Numbers of the objects that later ones can refer to.
    known: HashSet<i32>,
    classes: BTreeMap<String, (u64, u64)>,
    functions: u64,
    function_at: u64,
    values: u64,
    tensors: u64,
    elements: u64,
    bytes: u64,
}

impl<'i> Walk<'i> {
    pub(super) fn new(input: &'i Input<'i>) -> Self {
        Self {
            input,
            reader: Reader::new(input.bytes),
            tasks: vec![Task::Values(1)],
            known: HashSet::new(),
            classes: BTreeMap::new(),
            functions: 0,
            function_at: 0,
            values: 0,
            tensors: 0,
            elements: 0,
            bytes: 0,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    pub(super) fn summary(&self) -> String {
        format!("Torch7, {} values, {} tensors, {} elements stored", self.values, self.tensors, self.elements)
    }

    /// Reads all there is.
    pub(super) fn run(&mut self, inspection: &Inspection<'_>) -> Result<(), Fault> {
        let max = inspection.limits.object_stack_max;
        while let Some(Task::Values(left)) = self.tasks.pop() {
            if self.tasks.len() as u64 >= max || self.known.len() as u64 >= max {
                return Err(Fault::Budget { limit: "object_stack_max".into(), max });
            }
            if left > 0 {
                self.tasks.push(Task::Values(left.saturating_sub(1)));
                self.value()?;
            }
        }
        Ok(())
    }

    pub(super) fn state(&mut self, inspection: &mut Inspection<'_>) {
        let size = self.input.bytes.size();
        for (class, (at, times)) in std::mem::take(&mut self.classes) {
            let (domain, name) = class.split_once('.').unwrap_or(("", &class));
            let (framework, domain, name) = (FORMAT.id.to_owned(), domain.to_owned(), name.to_owned());
            let operator = GraphFact::Operator { framework, domain, name };
            inspection.fact_times(self.input.place.at(at..size), operator, times);
        }
        if self.functions > 0 {
            let (framework, language) = (FORMAT.id.to_owned(), "lua-bytecode".to_owned());
            let (holder, excerpt) = ("a function".to_owned(), String::new());
            let code = GraphFact::EmbeddedCode { framework, language, holder, excerpt };
            inspection.fact_times(self.input.place.at(self.function_at..size), code, self.functions);
        }
        let (tensors, parameters, bytes) = (self.tensors, self.elements, self.bytes);
        let table = TensorFact::Table { tensors, parameters, bytes, dtypes: Vec::new() };
        inspection.fact(self.input.place.at(0..size), table);
    }

    fn value(&mut self) -> Result<(), Fault> {
        self.values = self.values.saturating_add(1);
        match self.integer()? {
            0 => Ok(()),
            1 => self.skip(8),
            2 => {
                let length = self.length()?;
                self.skip(length)
            }
            5 => self.skip(4),
            3 => self.once(Self::table),
            4 => self.once(Self::object),
            6 => self.function(),
            7 | 8 => self.once(Self::function),
            other => Err(malformed(format!("a value of type {other}"))),
        }
    }

    /// Reads what has a number, unless it was read before.
    fn once(&mut self, read: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        let number = self.integer()?;
        if self.known.insert(number) { read(self) } else { Ok(()) }
    }

    fn table(&mut self) -> Result<(), Fault> {
        let entries = self.length()?;
        self.tasks.push(Task::Values(entries.saturating_mul(2)));
        Ok(())
    }

    /// Byte code, then the values that it closes over.
    fn function(&mut self) -> Result<(), Fault> {
        if self.functions == 0 {
            self.function_at = self.reader.position();
        }
        self.functions = self.functions.saturating_add(1);
        let length = self.length()?;
        self.skip(length)?;
        self.tasks.push(Task::Values(1));
        Ok(())
    }

    fn object(&mut self) -> Result<(), Fault> {
        let at = self.reader.position();
        let mut class = self.name()?;
        if class.strip_prefix("V ").is_some_and(|version| version.parse::<u8>().is_ok()) {
            class = self.name()?;
        }
        let (_, times) = self.classes.entry(shortened(&class)).or_insert((at, 0));
        *times = times.saturating_add(1);
        match class.split_once('.') {
            Some(("torch", name)) if name.ends_with("Storage") => self.storage(name),
            Some(("torch", name)) if name.ends_with("Tensor") => self.tensor(),
            Some(("tds", _)) => {
                Err(Fault::Unsupported { format: FORMAT.id.into(), feature: format!("the class `{class}`") })
            }
            // All others are read as the table of their fields.
            _ => {
                self.tasks.push(Task::Values(1));
                Ok(())
            }
        }
    }

    /// Sizes, strides and offset, then the storage.
    fn tensor(&mut self) -> Result<(), Fault> {
        self.tensors = self.tensors.saturating_add(1);
        let dimensions = self.length()?;
        if dimensions > DIMENSIONS_MAX {
            return Err(malformed(format!("a tensor of {dimensions} dimensions")));
        }
        self.skip(dimensions.saturating_mul(16).saturating_add(8))?;
        self.tasks.push(Task::Values(1));
        Ok(())
    }

    fn storage(&mut self, name: &str) -> Result<(), Fault> {
        let kind = name.strip_suffix("Storage").unwrap_or_default();
        let kind = kind.strip_prefix("Cuda").map_or(kind, |kind| if kind.is_empty() { "Float" } else { kind });
        let width = match kind {
            "Byte" | "Char" => 1,
            "Short" | "Half" => 2,
            "Int" | "Float" => 4,
            "Long" | "Double" => 8,
            _ => {
                let feature = format!("the class `torch.{}`", shortened(name));
                return Err(Fault::Unsupported { format: FORMAT.id.into(), feature });
            }
        };
        let elements = self.reader.u64_le().map_err(|fault| wanted(&fault))?;
        let bytes =
            elements.checked_mul(width).ok_or_else(|| malformed(format!("a storage of {elements} elements")))?;
        self.skip(bytes)?;
        self.elements = self.elements.saturating_add(elements);
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }

    fn name(&mut self) -> Result<String, Fault> {
        let length = self.length()?;
        if length > NAME_BYTES_MAX {
            return Err(malformed(format!("a class whose name has {length} bytes")));
        }
        let name = self.reader.take(usize::try_from(length).unwrap_or(usize::MAX)).map_err(|fault| wanted(&fault))?;
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    fn length(&mut self) -> Result<u64, Fault> {
        let length = self.integer()?;
        u64::try_from(length).map_err(|_| malformed(format!("a length of {length}")))
    }

    fn integer(&mut self) -> Result<i32, Fault> {
        self.reader.array().map(i32::from_le_bytes).map_err(|fault| wanted(&fault))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.reader.skip(bytes).map_err(|fault| wanted(&fault))
    }
}

fn wanted(fault: &ReadFault) -> Fault {
    fault.in_format(FORMAT.id, "the end of a value")
}

fn malformed(problem: String) -> Fault {
    Fault::Malformed { format: FORMAT.id.into(), problem }
}
