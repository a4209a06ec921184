//! Data types as `numpy.dtype.descr` writes them.

use std::collections::BTreeSet;

use super::literal::Literal;

/// The size of an element and what it is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dtype {
    /// Bytes of one element.
    pub(super) bytes: u64,
    /// The scalar types in it, as written.
    pub(super) scalars: BTreeSet<String>,
    /// Number of fields; zero for a plain type.
    fields: u64,
    /// Whether some part is a Python object, which makes the whole array a pickle.
    pub(super) has_objects: bool,
}

impl Dtype {
    /// The type that a `descr` names.
    ///
    /// # Errors
    /// The part that is not understood.
    pub(super) fn of(descr: &Literal) -> Result<Self, String> {
        match descr {
            Literal::Text(code) => Self::scalar(code),
            Literal::List(fields) => Self::structure(fields),
            Literal::Tuple(parts) => match parts.as_slice() {
                [base, shape] => Self::of(base)?.repeated(shape),
                _ => Err("a data type that is no pair".into()),
            },
            _ => Err("a data type that is neither text nor fields".into()),
        }
    }

    /// What a person calls it.
    pub(super) fn describe(&self) -> String {
        match self.scalars.first() {
            Some(code) if self.fields == 0 => code.clone(),
            _ => format!("{} fields of {} bytes", self.fields, self.bytes),
        }
    }

    fn scalar(code: &str) -> Result<Self, String> {
        let bytes = scalar_bytes(code).ok_or_else(|| format!("the data type {code:?}"))?;
        let has_objects = code.trim_start_matches(['|', '<', '>', '=']).starts_with('O');
        Ok(Self { bytes, scalars: BTreeSet::from([code.to_owned()]), fields: 0, has_objects })
    }

    fn structure(fields: &[Literal]) -> Result<Self, String> {
        let mut whole = Self { bytes: 0, scalars: BTreeSet::new(), fields: fields.len() as u64, has_objects: false };
        for field in fields {
            let field = Self::field(field)?;
            whole.bytes = whole.bytes.checked_add(field.bytes).ok_or("a data type beyond 64 bits")?;
            whole.scalars.extend(field.scalars);
            whole.has_objects |= field.has_objects;
        }
        Ok(whole)
    }

    /// `(name, type)` or `(name, type, shape)`, where the name may be a pair of title and name.
    fn field(literal: &Literal) -> Result<Self, String> {
        let Literal::Tuple(parts) = literal else {
            return Err("a field that is no tuple".into());
        };
        let is_name = |name: &Literal| match name {
            Literal::Tuple(pair) => pair.len() == 2 && pair.iter().all(|part| part.text().is_some()),
            name => name.text().is_some(),
        };
        match parts.as_slice() {
            [name, base] if is_name(name) => Self::of(base),
            [name, base, shape] if is_name(name) => Self::of(base)?.repeated(shape),
            _ => Err("a field without a name".into()),
        }
    }

    /// An array of this type as one element.
    fn repeated(mut self, shape: &Literal) -> Result<Self, String> {
        let lengths = match shape {
            Literal::Tuple(lengths) => lengths.iter().map(Literal::integer).collect::<Option<Vec<_>>>(),
            length => length.integer().map(|length| vec![length]),
        };
        let lengths = lengths.ok_or("a field whose shape holds no lengths")?;
        let bytes = lengths.iter().try_fold(self.bytes, |bytes, &length| bytes.checked_mul(length));
        self.bytes = bytes.ok_or("a data type beyond 64 bits")?;
        Ok(self)
    }
}

/// Bytes of a scalar type: byte order, kind, size, and for times a unit.
fn scalar_bytes(code: &str) -> Option<u64> {
    let code = code.strip_prefix(['|', '<', '>', '=']).unwrap_or(code);
    let mut characters = code.chars();
    let kind = characters.next()?;
    let (digits, unit) = match characters.as_str().split_once('[') {
        Some((digits, unit)) => (digits, Some(unit.strip_suffix(']')?)),
        None => (characters.as_str(), None),
    };
    let size: Option<u64> = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    match (kind, size, unit) {
        ('b', Some(1), None) => Some(1),
        ('i' | 'u', Some(bytes @ (1 | 2 | 4 | 8)), None) => Some(bytes),
        ('f', Some(bytes @ (2 | 4 | 8 | 12 | 16)), None) => Some(bytes),
        ('c', Some(bytes @ (8 | 16 | 24 | 32)), None) => Some(bytes),
        ('S' | 'a' | 'V', Some(bytes), None) => Some(bytes),
        ('U', Some(characters), None) => characters.checked_mul(4),
        ('m' | 'M', Some(8), None) => Some(8),
        ('m' | 'M', Some(8), Some(unit)) => is_time_unit(unit).then_some(8),
        // The size of a pointer, which Python 2 wrote and nobody reads.
        ('O', Some(4 | 8), None) => Some(8),
        ('O', None, None) if digits.is_empty() => Some(8),
        _ => None,
    }
}

/// A unit with an optional multiple, as in `25us`.
fn is_time_unit(unit: &str) -> bool {
    let name = unit.trim_start_matches(|digit: char| digit.is_ascii_digit());
    ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as", "generic"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalar_sizes_are_those_of_numpy() {
        let sizes =
            [("<f4", 4), ("|b1", 1), (">c16", 16), ("<U3", 12), ("|S5", 5), ("<M8[25us]", 8), ("|O", 8), ("|V0", 0)];
        for (code, bytes) in sizes {
            assert_eq!(scalar_bytes(code), Some(bytes), "{code}");
        }
    }

    #[test]
    fn types_that_numpy_does_not_write_are_refused() {
        for code in ["", "f", "<f3", "float32", "i4,f8", "<M8[", "<M8[xs]", "<i-4", "O1", "<U5000000000000000000"] {
            assert_eq!(scalar_bytes(code), None, "{code}");
        }
    }

    #[test]
    fn fields_add_up_and_objects_in_them_are_found() {
        let descr =
            super::super::literal::parse("[('x','<f4'),('y','>i2',(2,3)),(('t','z'),[('o','|O')])]", 9).unwrap();
        let dtype = Dtype::of(&descr).unwrap();
        assert_eq!((dtype.bytes, dtype.has_objects, dtype.fields), (4 + 12 + 8, true, 3));
    }
}
