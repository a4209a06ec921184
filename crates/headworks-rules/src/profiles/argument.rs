//! What a listed callable may be handed, as patterns over abstract values.
//!
//! One argument is a list of alternatives divided by `|`:
//!
//! | written | admits |
//! |---|---|
//! | `any` | every value; for callables that treat it as data only |
//! | `literal` | a value that the stream spells out: no object, no import, nothing computed |
//! | `none` `bool` `int` `float` `str` `bytes` `tuple` `list` `dict` `set` | a value of that type |
//! | `str=latin1` | that very string |
//! | `dtype` | a string of numpy's type grammar |
//! | `class` | an imported class whose instances may be made and given state |
//! | `global=a.b` | that very import |
//! | `instance=a.b` | the result of calling `a.b` |
//! | `persistent` | what the loader's `persistent_load` returned |
//!
//! `...` as the last argument repeats the one before it any number of times.

use headworks_types::fact::Shape;

/// The arguments of one way to call something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    arguments: Vec<Argument>,
    /// The last argument may come any number of times, or not at all.
    repeats: bool,
}

/// The values one argument may have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument(Vec<Alternative>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Alternative {
    Any,
    Literal,
    None,
    Bool,
    Int,
    Float,
    Str,
    StrExactly(String),
    Dtype,
    Bytes,
    Tuple,
    List,
    Dict,
    Set,
    Class,
    Global(String),
    Instance(String),
    Persistent,
}

impl Signature {
    /// Reads a signature as profiles write it; the error is the word that is not understood.
    pub(crate) fn parse(written: &[String]) -> Result<Self, String> {
        let repeats = written.last().is_some_and(|last| last == "...");
        let listed = if repeats { written.split_last().map_or(written, |(_, rest)| rest) } else { written };
        let arguments = listed.iter().map(|argument| Argument::parse(argument)).collect::<Result<Vec<_>, _>>()?;
        if repeats && arguments.is_empty() {
            return Err("...".to_owned());
        }
        Ok(Self { arguments, repeats })
    }

    /// Whether a call with these arguments is one of this kind. `is_class` answers for `class`.
    pub(crate) fn admits(&self, arguments: &[Shape], is_class: &dyn Fn(&str) -> bool) -> bool {
        let fixed = self.arguments.len().saturating_sub(usize::from(self.repeats));
        let fits = if self.repeats { arguments.len() >= fixed } else { arguments.len() == fixed };
        let pattern_at = |position: usize| self.arguments.get(position).or_else(|| self.arguments.last());
        fits && arguments
            .iter()
            .enumerate()
            .all(|(position, value)| pattern_at(position).is_some_and(|pattern| pattern.admits(value, is_class)))
    }
}

impl Argument {
    fn parse(written: &str) -> Result<Self, String> {
        written.split('|').map(Alternative::parse).collect::<Result<Vec<_>, _>>().map(Self)
    }

    fn admits(&self, value: &Shape, is_class: &dyn Fn(&str) -> bool) -> bool {
        self.0.iter().any(|alternative| alternative.admits(value, is_class))
    }
}

impl Alternative {
    fn parse(word: &str) -> Result<Self, String> {
        let exact = word.split_once('=').filter(|(_, value)| !value.is_empty());
        Ok(match (word, exact) {
            ("any", _) => Self::Any,
            ("literal", _) => Self::Literal,
            ("none", _) => Self::None,
            ("bool", _) => Self::Bool,
            ("int", _) => Self::Int,
            ("float", _) => Self::Float,
            ("str", _) => Self::Str,
            ("dtype", _) => Self::Dtype,
            ("bytes", _) => Self::Bytes,
            ("tuple", _) => Self::Tuple,
            ("list", _) => Self::List,
            ("dict", _) => Self::Dict,
            ("set", _) => Self::Set,
            ("class", _) => Self::Class,
            ("persistent", _) => Self::Persistent,
            (_, Some(("str", value))) => Self::StrExactly(value.to_owned()),
            (_, Some(("global", name))) => Self::Global(name.to_owned()),
            (_, Some(("instance", name))) => Self::Instance(name.to_owned()),
            _ => return Err(word.to_owned()),
        })
    }

    fn admits(&self, value: &Shape, is_class: &dyn Fn(&str) -> bool) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::None, Shape::None)
            | (Self::Bool, Shape::Bool(_))
            | (Self::Int, Shape::Int(_))
            | (Self::Float, Shape::Float)
            | (Self::Str, Shape::Str(_))
            | (Self::Bytes, Shape::Bytes(_))
            | (Self::Tuple, Shape::Tuple(_))
            | (Self::List, Shape::List)
            | (Self::Dict, Shape::Dict)
            | (Self::Set, Shape::Set)
            | (Self::Persistent, Shape::Persistent)
            // Whatever numpy is handed here it reads as the name of a type, so a string that was
            // too long to keep, or that differs between repeated calls, is no way to run code.
            | (Self::Dtype, Shape::Str(None)) => true,
            (Self::Literal, value) => is_literal(value),
            (Self::StrExactly(expected), Shape::Str(Some(text))) => expected == text,
            (Self::Dtype, Shape::Str(Some(text))) => is_dtype(text),
            (Self::Class, Shape::Global(name)) => is_class(name),
            (Self::Global(expected), Shape::Global(name)) | (Self::Instance(expected), Shape::Instance(name)) => {
                expected == name
            }
            _ => false,
        }
    }
}

fn is_literal(value: &Shape) -> bool {
    match value {
        Shape::Tuple(Some(items)) => items.iter().all(is_literal),
        Shape::Global(_) | Shape::Instance(_) | Shape::Persistent | Shape::Buffer | Shape::Unknown => false,
        _ => true,
    }
}

/// numpy's array-interface type strings: byte order, kind, size, and a unit for times.
fn is_dtype(text: &str) -> bool {
    let unordered = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
    let (kind_and_size, unit) = unordered.split_once('[').unwrap_or((unordered, "s]"));
    let mut rest = kind_and_size.chars();
    rest.next().is_some_and(|kind| "?bBhHiIlLqQpPefdgFDGcuOSUVaMmT".contains(kind))
        && rest.as_str().bytes().all(|byte| byte.is_ascii_digit())
        && unit.strip_suffix(']').is_some_and(|unit| unit.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(written: &[&str]) -> Signature {
        Signature::parse(&written.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn admits(written: &[&str], arguments: &[Shape]) -> bool {
        signature(written).admits(arguments, &|name| name == "sklearn.svm._classes.SVC")
    }

    fn text(text: &str) -> Shape {
        Shape::Str(Some(text.into()))
    }

    #[test]
    fn the_number_of_arguments_counts() {
        assert!(admits(&[], &[]));
        assert!(!admits(&[], &[Shape::None]));
        assert!(!admits(&["any", "any"], &[Shape::None]));
        assert!(admits(&["int", "..."], &[]));
        assert!(admits(&["str", "int", "..."], &[text("a"), Shape::Int(None), Shape::Int(Some(1))]));
        assert!(!admits(&["str", "int", "..."], &[text("a"), text("b")]));
    }

    #[test]
    fn a_class_is_one_that_the_profiles_list() {
        assert!(admits(&["class"], &[Shape::Global("sklearn.svm._classes.SVC".into())]));
        assert!(!admits(&["class"], &[Shape::Global("subprocess.Popen".into())]));
        assert!(!admits(&["class"], &[Shape::Unknown]));
    }

    #[test]
    fn an_exact_string_is_not_any_string() {
        let latin1 = ["str", "str=latin1|str=latin-1"];
        assert!(admits(&latin1, &[Shape::Str(None), text("latin1")]));
        assert!(!admits(&latin1, &[Shape::Str(None), text("unicode_escape")]));
        assert!(!admits(&latin1, &[Shape::Str(None), Shape::Str(None)]));
    }

    #[test]
    fn a_literal_holds_no_object_at_any_depth() {
        let nested = |inner| Shape::Tuple(Some(vec![Shape::None, inner]));
        assert!(admits(&["literal"], &[nested(Shape::Bytes(None))]));
        assert!(!admits(&["literal"], &[nested(Shape::Global("os.system".into()))]));
        assert!(!admits(&["literal"], &[Shape::Unknown]));
    }

    #[test]
    fn dtype_strings_are_numpys_own() {
        for good in ["f8", "<f4", "|O8", "U12", "V64", "M8", "<M8[ns]", "b1", ">i2"] {
            assert!(admits(&["dtype"], &[text(good)]), "{good}");
        }
        for bad in ["", "f8,i4", "__import__('os')", "f8 ", "<M8[ns", "O8;x"] {
            assert!(!admits(&["dtype"], &[text(bad)]), "{bad}");
        }
    }

    #[test]
    fn a_word_that_means_nothing_is_an_error() {
        for word in ["", "strs", "global=", "str="] {
            assert!(Signature::parse(&[word.to_owned()]).is_err(), "{word}");
        }
        assert!(Signature::parse(&["...".to_owned()]).is_err());
    }
}
