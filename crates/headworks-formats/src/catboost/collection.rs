//! Collections that turn texts and embeddings into numbers: tokenizers, dictionaries, calculators.
//!
//! Source: `text_processing_collection.cpp`, `embedding_processing_collection.cpp`, `feature_calcer.cpp`, `knn.cpp`,
//! `mmap_frequency_based_dictionary.cpp`, `dense_hash.h` and the index writer of `online_hnsw`. Each piece is named
//! by a small flatbuffer before it and begins with a magic of sixteen bytes.

use std::ops::Range;

use headworks_types::Fault;

use super::{FORMAT, Model, malformed, schema, unsupported};
use crate::flatbuffer::{Flatbuffer, Layout, Table};
use crate::reader::{ReadFault, Reader};

/// Bytes of a `TGuid`.
const GUID_BYTES: u64 = 16;

/// Bytes of the flatbuffer that names a part.
const NAME_BYTES_MAX: u64 = 128;

/// Bytes of a place in the hash table of a dictionary.
const BUCKET_BYTES: u64 = 16;

/// A calculator's own number, and its tag in the flatbuffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calculator {
    BagOfWords,
    NaiveBayes,
    Bm25,
    Discriminant,
    Neighbours,
}

impl Calculator {
    fn of(number: u32, tag: u8, is_of_texts: bool) -> Option<Self> {
        Some(match (is_of_texts, number, tag) {
            (true, 0, 3) => Self::BagOfWords,
            (true, 1, 2) => Self::NaiveBayes,
            (true, 2, 1) => Self::Bm25,
            (false, 3, 1) => Self::Discriminant,
            (false, 4, 2) => Self::Neighbours,
            _ => return None,
        })
    }
}

/// What a search for neighbours was built over.
#[derive(Default)]
struct Points {
    dimensions: u64,
    count: u64,
}

impl Model<'_, '_, '_> {
    pub(super) fn text_collection(&mut self) -> Result<(), Fault> {
        self.magic(super::TEXT_PART.as_bytes())?;
        self.sized("header of texts", &schema::TEXT_HEADER, |_, _, _| Ok(()))?;
        loop {
            match self.part()? {
                0 => self.tokenizer()?,
                1 => self.dictionary()?,
                2 => self.calculator(true)?,
                3 => return Ok(()),
                other => return Err(unsupported(format!("a part of texts of type {other}"))),
            }
        }
    }

    /// Nothing says how many parts there are: they go on to the end of the file.
    pub(super) fn embedding_collection(&mut self) -> Result<(), Fault> {
        self.magic(super::EMBEDDING_PART.as_bytes())?;
        self.sized("header of embeddings", &schema::EMBEDDING_HEADER, |_, _, _| Ok(()))?;
        while self.reader.left() > 0 {
            match self.part()? {
                0 => self.calculator(false)?,
                other => return Err(unsupported(format!("a part of embeddings of type {other}"))),
            }
        }
        Ok(())
    }

    /// Type of the part that follows.
    fn part(&mut self) -> Result<u8, Fault> {
        let name = "name of a part";
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, name);
        let size = self.reader.u64_le().map_err(wanted)?;
        let start = self.reader.position();
        let repeated = self.repeated(start..start.saturating_add(size)).map_err(wanted)?;
        let own = size.saturating_sub(repeated);
        let of = self.flatbuffer(own, name, &schema::COLLECTION_PART, |_, buffer, part| buffer.u8(part, 0))?;
        self.reader.skip(repeated).map_err(wanted)?;
        self.part_before = start..start.saturating_add(own);
        Ok(of)
    }

    /// Bytes at the end of a part's name that are the whole name before it: versions up to 1.2 wrote the two of a
    /// tokenizer and its dictionary with one builder, which keeps what it wrote.
    fn repeated(&mut self, part: Range<u64>) -> Result<u64, ReadFault> {
        let before = self.part_before.clone();
        let length = before.end.saturating_sub(before.start);
        let at = part.end.checked_sub(length).filter(|&at| at > part.start && part.end <= self.input.bytes.size());
        let (Some(at), true) = (at, (1..=NAME_BYTES_MAX).contains(&length)) else { return Ok(0) };
        let count = usize::try_from(length).unwrap_or_default();
        let first = Reader::over(self.input.bytes, before.start, before.end).take(count)?.to_vec();
        let again = Reader::over(self.input.bytes, at, part.end).take(count)? == first;
        Ok(if again { length } else { 0 })
    }

    fn tokenizer(&mut self) -> Result<(), Fault> {
        self.magic(b"TokenizerV1")?;
        self.tokenizer_options().map_err(|fault| fault.in_format(FORMAT.id, "a tokenizer"))
    }

    /// Switches, what stands for a number, what separates, and lists of types and of languages.
    fn tokenizer_options(&mut self) -> Result<(), ReadFault> {
        self.reader.skip(GUID_BYTES.saturating_add(2).saturating_add(4))?;
        self.list(1)?;
        self.reader.skip(4)?;
        self.list(1)?;
        self.reader.skip(2)?;
        self.list(4)?;
        self.reader.skip(4)?;
        self.list(4)?;
        Ok(())
    }

    fn dictionary(&mut self) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "a dictionary");
        self.magic(b"DictionaryV1")?;
        self.reader.skip(GUID_BYTES).map_err(wanted)?;
        self.magic(b"MMapDictionary")?;
        let total = self.reader.u64_le().map_err(wanted)?;
        // The size counts from its own first byte.
        let end = self.reader.position().saturating_sub(8).saturating_add(total);
        let tables = self.sized("dictionary", &schema::DICTIONARY_META, |_, buffer, meta| tables(buffer, meta))?;
        for _ in 0..tables {
            let bytes = self.reader.u64_le().map_err(wanted)?;
            // The seed of the hashes.
            self.reader.skip(8).map_err(wanted)?;
            self.reader.skip(bytes).map_err(wanted)?;
            if !bytes.is_multiple_of(BUCKET_BYTES) || !(bytes / BUCKET_BYTES).is_power_of_two() {
                return Err(malformed(format!("a hash table of {bytes} bytes")));
            }
        }
        match self.reader.position() == end {
            true => Ok(()),
            false => Err(malformed("a dictionary of another size than it states")),
        }
    }

    fn calculator(&mut self, is_of_texts: bool) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "a calculator");
        self.magic(if is_of_texts { b"FeatureCalcerV1" } else { b"EmbedCalcerV1" })?;
        let number = self.reader.u32_le().map_err(wanted)?;
        let layout = if is_of_texts { &schema::TEXT_CALCULATOR } else { &schema::EMBEDDING_CALCULATOR };
        let (tag, points) = self.sized("calculator", layout, |_, buffer, table| {
            let tag = buffer.u8(table, 2)?;
            Ok((tag, if tag == 2 && !is_of_texts { points(buffer, table)? } else { Points::default() }))
        })?;
        match Calculator::of(number, tag, is_of_texts) {
            None => Err(unsupported(format!("a calculator of type {number} with parameters of type {tag}"))),
            Some(Calculator::BagOfWords | Calculator::Discriminant) => Ok(()),
            Some(Calculator::NaiveBayes | Calculator::Bm25) => self.frequencies(),
            Some(Calculator::Neighbours) => self.neighbours(&points),
        }
    }

    /// How often each word occurs, for each class.
    fn frequencies(&mut self) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "the frequencies of words");
        for _ in 0..self.size().map_err(wanted)? {
            let mask = self.reader.u64_le().map_err(wanted)?;
            let filled = self.reader.u64_le().map_err(wanted)?;
            // When to grow.
            self.reader.skip(8).map_err(wanted)?;
            let places = self.list(8).map_err(wanted)?;
            // What stands for no word, and its frequency.
            self.reader.skip(8).map_err(wanted)?;
            // A search ends at a free place, and looks no further than the mask.
            if mask.checked_add(1) != Some(places) || !places.is_power_of_two() || filled >= places {
                return Err(malformed(format!("{filled} words in a table of {places} with a mask of {mask:#x}")));
            }
        }
        Ok(())
    }

    fn neighbours(&mut self, points: &Points) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "a search for neighbours");
        let targets = self.list(4).map_err(wanted)?;
        let index = self.size().map_err(wanted)?;
        let end = self.reader.position().saturating_add(index);
        if index > 0 {
            self.levels(points.count)?;
        }
        if self.reader.position() != end {
            return Err(malformed("an index of neighbours of another size than it states"));
        }
        let values = self.list(4).map_err(wanted)?;
        if targets != points.count || values != points.count.saturating_mul(points.dimensions) {
            return Err(malformed(format!("{targets} targets and {values} numbers for {} points", points.count)));
        }
        Ok(())
    }

    /// A graph of levels of points, each with the numbers of its neighbours on that level.
    fn levels(&mut self, points: u64) -> Result<(), Fault> {
        let wanted = |fault: ReadFault| fault.in_format(FORMAT.id, "an index of neighbours");
        let most = u64::from(self.reader.u32_le().map_err(wanted)?);
        let levels = self.reader.u32_le().map_err(wanted)?;
        let mut sizes = Vec::new();
        for _ in 0..levels {
            sizes.push(u64::from(self.reader.u32_le().map_err(wanted)?));
        }
        if sizes.iter().any(|&size| size > points) {
            return Err(malformed(format!("a level of more than {points} points")));
        }
        for size in sizes {
            for _ in 0..size.saturating_mul(most.min(size.saturating_sub(1))) {
                let neighbour = u64::from(self.reader.u32_le().map_err(wanted)?);
                if neighbour >= size {
                    return Err(malformed(format!("neighbour {neighbour} of {size} points")));
                }
            }
        }
        Ok(())
    }

    /// A flatbuffer with its size in eight bytes before it.
    fn sized<T>(
        &mut self,
        name: &str,
        layout: &'static Layout,
        each: impl FnOnce(&mut Self, &mut Flatbuffer<'_>, Table) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let size = self.reader.u64_le().map_err(|fault| fault.in_format(FORMAT.id, name))?;
        self.flatbuffer(size, name, layout, each)
    }

    /// Passes over a list with its length; the length.
    fn list(&mut self, element_bytes: u64) -> Result<u64, ReadFault> {
        let count = self.size()?;
        self.reader.skip(count.saturating_mul(element_bytes))?;
        Ok(count)
    }

    /// A magic with the zeros that fill it up.
    fn magic(&mut self, magic: &[u8]) -> Result<(), Fault> {
        let name = String::from_utf8_lossy(magic).into_owned();
        let found: [u8; 16] = self.reader.array().map_err(|fault| fault.in_format(FORMAT.id, &name))?;
        match found.strip_prefix(magic) {
            Some(rest) if rest.iter().all(|&byte| byte == 0) => Ok(()),
            _ => Err(malformed(format!("no `{name}` where it should begin"))),
        }
    }
}

/// Number of hash tables that a dictionary has.
fn tables(buffer: &mut Flatbuffer<'_>, meta: Table) -> Result<u64, Fault> {
    let options = buffer.table(meta, 1)?.ok_or_else(|| malformed("a dictionary without options"))?;
    let is_of_letters = buffer.u8(options, 0)? == 1;
    let words = if buffer.has(options, 1)? { buffer.u32(options, 1)? } else { 1 };
    Ok(if is_of_letters || words == 1 { 1 } else { 2 })
}

fn points(buffer: &mut Flatbuffer<'_>, calculator: Table) -> Result<Points, Fault> {
    let search = buffer.table(calculator, 3)?.ok_or_else(|| malformed("a calculator without parameters"))?;
    Ok(Points { dimensions: buffer.u32(search, 0)?.into(), count: buffer.u32(search, 3)?.into() })
}
