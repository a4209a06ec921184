//! Configuration is code: a document's keys, read for what they make a loader reach for.
//!
//! Which loader will read a document is not known here, so a key counts in any object of any
//! document, unless its row in the table says otherwise. Strings that stand under no such key, a
//! vocabulary's above all, are never looked at.

mod keys;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use headworks_types::fact::ConfigurationFact;
use headworks_types::{Fault, Location};

use crate::document::{Collection, Keys, Scalar, Sink};
use crate::format::Input;
use crate::inspection::Inspection;
use keys::{Names, Within};
pub(crate) use value::{is_url, leaves_directory};

/// Characters of a key or value that a fact repeats.
const SHOWN_CHARS_MAX: usize = 200;

/// Duplicate keys of one object that are named; a vocabulary may have thousands.
const DUPLICATES_NAMED_MAX: usize = 8;

/// Reads one document and states what it refers to.
pub(crate) struct Configuration<'t, 'i, 'l> {
    input: &'i Input<'i>,
    inspection: &'i mut Inspection<'l>,
    /// The document's text, for the names of duplicate keys.
    text: &'t str,
    /// Offset of `text` in the input: the length of a byte-order mark.
    base: usize,
    format: &'static str,
    frames: Vec<Frame<'t>>,
    named_template: NamedTemplate,
    library: Option<String>,
    /// Objects, arrays and scalars seen.
    pub(crate) values: u64,
    /// Deepest nesting seen.
    pub(crate) depth: usize,
    /// What the keys say about who may read the document.
    pub(crate) readers: Readers,
}

/// Loaders that build objects from documents with keys of their own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Readers {
    /// `class_name`: Keras.
    pub(crate) keras: bool,
    /// `__loader__`: skops.
    pub(crate) skops: bool,
}

/// An open object or array.
struct Frame<'t> {
    collection: Collection,
    /// The latest key of an object.
    key: Cow<'t, str>,
    keys: Keys,
    /// What the key above this frame says its strings name.
    scope: Option<Names>,
    /// Values seen in it.
    count: u64,
}

/// A `{"name": …, "template": …}` on its way.
#[derive(Default)]
struct NamedTemplate {
    name: Option<String>,
    template: Option<String>,
}

impl<'t, 'i, 'l> Configuration<'t, 'i, 'l> {
    pub(crate) fn new(
        input: &'i Input<'i>,
        inspection: &'i mut Inspection<'l>,
        format: &'static str,
        text: &'t str,
        base: usize,
    ) -> Self {
        let (named_template, library) = (NamedTemplate::default(), None);
        Self {
            input,
            inspection,
            text,
            base,
            format,
            frames: Vec::new(),
            named_template,
            library,
            values: 0,
            depth: 0,
            readers: Readers::default(),
        }
    }

    fn location(&self, at: Range<usize>) -> Location {
        let offset = |at: usize| at.saturating_add(self.base) as u64;
        self.input.place.at(offset(at.start)..offset(at.end))
    }

    /// The path of the current value, `[]` standing for any element of an array.
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.frames {
            match frame.collection {
                Collection::Array => path.push_str("[]"),
                Collection::Object if path.is_empty() => path.push_str(&frame.key),
                Collection::Object => {
                    path.push('.');
                    path.push_str(&frame.key);
                }
            }
        }
        value::shown_end(&path)
    }

    /// What the current value's strings name, by its own key or by the one above it.
    fn names_here(&self) -> Option<Names> {
        let frame = self.frames.last()?;
        let own = match frame.collection {
            Collection::Object => keys::find(&frame.key).filter(|key| self.is_within(key.within)),
            Collection::Array => None,
        };
        own.map(|key| key.names).or(frame.scope)
    }

    fn is_within(&self, within: Within) -> bool {
        let above = self.frames.iter().rev().nth(1);
        match within {
            Within::Anywhere => true,
            Within::File(name) => self.input.place.base_name() == name,
            Within::Yaml => self.format == crate::yaml::FORMAT.id,
            Within::Below(key) => above.is_some_and(|above| above.key == key),
        }
    }

    fn count_value(&mut self) {
        self.values = self.values.saturating_add(1);
        if let Some(frame) = self.frames.last_mut() {
            frame.count = frame.count.saturating_add(1);
        }
    }

    /// Diffusers lists a pipeline's parts as `["library", "Class"]` and imports the library.
    fn pipeline_part(&mut self, scalar: &Scalar<'_>, at: Range<usize>) {
        let [root, pair] = self.frames.as_slice() else { return };
        let is_pair = root.collection == Collection::Object && pair.collection == Collection::Array;
        if !is_pair || self.input.place.base_name() != "model_index.json" {
            return;
        }
        let (first, key) = (pair.count == 1, root.key.clone());
        match (scalar.text(), first, self.library.take()) {
            (Some(library), true, _) => self.library = Some(library.to_owned()),
            (Some(class), false, Some(library)) => {
                let fact = value::pipeline_part(&key, &library, class, self.path());
                let location = self.location(at);
                self.inspection.fact(location, fact);
            }
            _ => {}
        }
    }

    /// A string at or below a `chat_template` key.
    fn template(&mut self, text: &str) {
        let Some(frame) = self.frames.last() else { return };
        let under_own_key = frame.scope != Some(Names::Template);
        match (frame.collection, &*frame.key) {
            (Collection::Object, "name") if !under_own_key => self.named_template.name = Some(text.to_owned()),
            (Collection::Object, "template") if !under_own_key => {
                self.named_template.template = Some(text.to_owned());
            }
            (Collection::Object, key) if !under_own_key => {
                let name = key.to_owned();
                self.inspect_template(Some(&name), text);
            }
            _ => self.inspect_template(None, text),
        }
    }

    fn inspect_template(&mut self, name: Option<&str>, text: &str) {
        let member = name.map_or("chat_template".into(), |name| format!("chat_template.{}", value::shown(name)));
        let bytes = text.as_bytes().to_vec();
        self.inspection.member(&Input { bytes: &bytes, place: self.input.place.member(member) });
    }

    fn report_repeated(&mut self, repeated: &[usize]) {
        let (named, more) = repeated.split_at_checked(DUPLICATES_NAMED_MAX).unwrap_or((repeated, &[]));
        let object = self.object_path();
        for &at in named {
            let key = value::key_at(self.text, at, self.format);
            let location = self.location(at..at.saturating_add(key.len()));
            let key = join(&object, key);
            self.inspection.fact(location, ConfigurationFact::DuplicateKey { key });
        }
        if let Some(&at) = more.first() {
            let location = self.location(at..at);
            let fact = ConfigurationFact::DuplicateKey { key: join(&object, "*") };
            self.inspection.fact_times(location, fact, more.len() as u64);
        }
    }

    /// The path of the innermost open object itself.
    fn object_path(&mut self) -> String {
        let innermost = self.frames.pop();
        let path = self.path();
        self.frames.extend(innermost);
        path
    }
}

fn join(object: &str, key: &str) -> String {
    let key = value::shown(key);
    if object.is_empty() { key } else { format!("{object}.{key}") }
}

impl<'t> Sink<'t> for Configuration<'t, '_, '_> {
    fn open(&mut self, collection: Collection, at: usize) -> bool {
        let max = self.inspection.limits.document_depth_max;
        if self.frames.len() as u64 >= max {
            let location = self.location(at..self.text.len());
            self.inspection.fact(location, Fault::Budget { limit: "document_depth_max".into(), max });
            return false;
        }
        self.count_value();
        let scope = self.names_here();
        self.frames.push(Frame { collection, key: Cow::Borrowed(""), keys: Keys::default(), scope, count: 0 });
        self.depth = self.depth.max(self.frames.len());
        true
    }

    fn key(&mut self, key: Cow<'t, str>, identity: &[u8], at: Range<usize>) {
        match &*key {
            "class_name" => self.readers.keras = true,
            "__loader__" => self.readers.skops = true,
            _ => {}
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.keys.add(identity, at.start);
            frame.key = key;
        }
    }

    fn scalar(&mut self, scalar: Scalar<'t>, at: Range<usize>) {
        self.count_value();
        self.pipeline_part(&scalar, at.clone());
        let Some(names) = self.names_here() else { return };
        match (names, scalar.text()) {
            (Names::Template, Some(text)) => self.template(text),
            (Names::RemoteCodeSwitch, _) if scalar.switches_on() => {
                let fact = value::remote_code_switch(self.path(), &scalar);
                let location = self.location(at);
                self.inspection.fact(location, fact);
            }
            (_, Some(text)) => {
                let facts = value::references(names, text, &self.path());
                let location = self.location(at);
                facts.into_iter().for_each(|fact| self.inspection.fact(location.clone(), fact));
            }
            _ => {}
        }
    }

    fn close(&mut self, _: usize) {
        let Some(frame) = self.frames.last_mut() else { return };
        let repeated = std::mem::take(&mut frame.keys).repeated();
        if !repeated.is_empty() {
            self.report_repeated(&repeated);
        }
        self.frames.pop();
        let named = std::mem::take(&mut self.named_template);
        if let Some(template) = named.template {
            self.inspect_template(named.name.as_deref(), &template);
        }
    }

    fn constructing_tag(&mut self, tag: &str, at: Range<usize>) {
        let location = self.location(at);
        self.inspection.fact(location, ConfigurationFact::ConstructingTag { tag: value::shown(tag) });
    }

    /// A fault where what the value is would matter.
    fn alias_of_collection(&mut self, at: Range<usize>) {
        self.count_value();
        if self.names_here().is_some() {
            let feature = format!("an alias of a collection as `{}`", self.path());
            let location = self.location(at);
            self.inspection.fact(location, Fault::Unsupported { format: self.format.into(), feature });
        }
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::ReferenceKind;
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn facts(name: &str, text: &str) -> Vec<FactKind> {
        let bytes = text.as_bytes().to_vec();
        let facts = crate::inspect(&bytes, Place::file(name), &Limits::default());
        facts.into_iter().map(|fact| fact.kind).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
    }

    fn references(name: &str, text: &str) -> Vec<(String, ReferenceKind, String)> {
        let references = facts(name, text).into_iter().filter_map(|kind| match kind {
            FactKind::Configuration(ConfigurationFact::Reference { key, kind, value }) => Some((key, kind, value)),
            _ => None,
        });
        references.collect()
    }

    #[test]
    fn a_list_in_auto_map_names_each_of_its_classes() {
        let found = references("x.json", r#"{"auto_map": {"AutoTokenizer": ["slow.A", null, "o/r--fast.B"]}}"#);
        let key = || "auto_map.AutoTokenizer[]".to_owned();
        assert_eq!(
            found,
            [
                (key(), ReferenceKind::LocalModule, "slow.A".into()),
                (key(), ReferenceKind::RemoteModule, "o/r--fast.B".into()),
            ]
        );
    }

    #[test]
    fn a_key_means_what_it_does_at_any_depth() {
        let found = references("x.json", r#"{"a": [{"b": {"_target_": "os.system"}}]}"#);
        assert_eq!(found, [("a[].b._target_".into(), ReferenceKind::Callable, "os.system".into())]);
    }

    #[test]
    fn words_that_are_common_elsewhere_count_only_where_their_loader_reads() {
        assert_eq!(
            references("web.json", r#"{"type": "a.b", "path": "/x", "target": "a.b", "parent_library": "x"}"#),
            []
        );
        assert_eq!(references("modules.json", r#"[{"type": "a.b", "path": "../x"}]"#).len(), 2);
        assert_eq!(references("x.yaml", "target: a.b\n").len(), 1);
    }

    #[test]
    fn a_pipelines_parts_are_imported_by_library() {
        let text = r#"{"_class_name": ["my_pipeline", "P"], "unet": ["lib", "Net"], "x": [null, null], "y": {"z": ["a", "b"]}}"#;
        let found = references("model_index.json", text);
        assert_eq!(
            found,
            [
                ("_class_name[]".into(), ReferenceKind::LocalModule, "my_pipeline.P".into()),
                ("unet[]".into(), ReferenceKind::Callable, "lib.Net".into()),
            ]
        );
    }

    #[test]
    fn templates_are_read_in_each_of_their_places() {
        for text in [
            r#"{"chat_template": "{{ x.__class__ }}"}"#,
            r#"{"chat_template": [{"name": "tool_use", "template": "{{ x.__class__ }}"}]}"#,
            r#"{"chat_template": {"default": "{{ x.__class__ }}"}}"#,
            r#"{"processor": {"chat_template": ["{{ x.__class__ }}"]}}"#,
        ] {
            let found = facts("tokenizer_config.json", text);
            assert_eq!(found.iter().filter(|kind| matches!(kind, FactKind::Template(_))).count(), 2, "{text}");
        }
    }

    #[test]
    fn a_name_cannot_hide_a_template_from_its_parser() {
        let text = r#"{"chat_template": [{"name": "a/b.txt", "template": "{{ x.__class__ }}"}]}"#;
        assert!(facts("x.json", text).iter().any(|kind| matches!(kind, FactKind::Template(_))));
    }

    #[test]
    fn a_vocabulary_with_a_thousand_duplicates_gives_a_handful_of_facts() {
        let pairs: Vec<String> = (0..2000).map(|n| format!("\"t{}\": {n}", n % 1000)).collect();
        let found = facts("vocab.json", &format!("{{{}}}", pairs.join(",")));
        assert_eq!(found.len(), DUPLICATES_NAMED_MAX + 1);
    }

    #[test]
    fn keys_that_escapes_make_equal_are_duplicates_and_lone_surrogates_are_not() {
        assert_eq!(facts("x.json", r#"{"a": 1, "\u0061": 2}"#).len(), 1);
        assert_eq!(facts("x.json", r#"{"\ud800": 1, "\ud801": 2}"#).len(), 0);
    }
}
