//! JSON as evidence has it: one meaning only.
//!
//! Parsers differ in which of two equal keys they keep, and an attacker signs for one and serves the
//! other. So equal keys are an error at any depth, as are trailing bytes, excessive size and depth.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Largest document that is read, in bytes: room for the manifest of a million files.
pub const BYTES_MAX: usize = 256 << 20;

/// Deepest nesting that is read; in-toto predicates in use stay below 16.
pub const DEPTH_MAX: u8 = 64;

/// Why a document is not read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is larger than [`BYTES_MAX`].
    #[error("it has {bytes} bytes, more than the {max} that are read")]
    Size {
        /// Its size in bytes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// It is no JSON, has equal keys in one object, is too deep, or has other contents than expected.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
}

/// Reads a document into `T`.
///
/// # Errors
/// When it is no JSON document in the strict sense above, or not a `T`.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    Ok(serde_json::from_value(value(bytes)?)?)
}

/// Reads a document of any contents.
///
/// # Errors
/// When it is no JSON document in the strict sense above.
pub fn value(bytes: &[u8]) -> Result<Value, JsonError> {
    if bytes.len() > BYTES_MAX {
        return Err(JsonError::Size { bytes: bytes.len(), max: BYTES_MAX });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth_left: DEPTH_MAX }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// A value whose objects have no equal keys.
#[derive(Clone, Copy)]
struct Strict {
    depth_left: u8,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let too_deep = || E::custom(format_args!("nesting deeper than {DEPTH_MAX}"));
        self.depth_left.checked_sub(1).map(|depth_left| Self { depth_left }).ok_or_else(too_deep)
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` occurs twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_with_all_its_values() {
        let text = r#"{"a": [1, -2, 2.5, "x", true, null], "b": {"a": 1}}"#;
        assert_eq!(value(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn equal_keys_are_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#] {
            assert!(value(text.as_bytes()).unwrap_err().to_string().contains("`a` occurs twice"), "{text}");
        }
    }

    #[test]
    fn trailing_bytes_and_deep_nesting_are_refused() {
        assert!(value(b"{} {}").is_err());
        assert!(value(b"{}\n").is_ok());
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(value(nested(64).as_bytes()).is_ok());
        assert!(value(nested(65).as_bytes()).is_err());
    }
}
