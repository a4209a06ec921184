//! The objects of a serialized R value, one after the other, without recursion.

use std::collections::{BTreeMap, HashMap};

use headworks_types::Fault;
use headworks_types::fact::{ExternalKind, GraphFact};

use super::FORMAT;
use super::stream::{Coding, Stream, malformed, unsupported};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::metadata::shortened;

/// What an object is to the one it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The value that the file is for, or one of its named ones.
    Top,
    /// The list of named values.
    Names,
    /// The name of the next named value.
    Name,
    /// What is called in an expression.
    Callee,
    /// What a compact vector is made by: its class, its package, its type.
    Maker,
    Inner,
}

/// What is still to be read, the next one last.
#[derive(Debug, Clone, Copy)]
enum Task {
    Object(Role),
    Objects(u64, Role),
    /// Code and constants of byte code.
    Bytecode,
    Constants(u64),
    /// An expression among the constants, of which type and place are still to be read.
    Constant(Role),
    ConstantOf(i32),
    MakerEnds,
}

/// What was seen of one kind of code: first place, and how often.
type Seen = BTreeMap<(&'static str, String), (u64, u64)>;

pub(super) struct Walk<'i> {
    input: &'i Input<'i>,
    stream: Stream<'i>,
    tasks: Vec<Task>,
    /// Names of the symbols among the objects that can be referred to by number.
    names: HashMap<u64, String>,
    references: u64,
    /// Name of the value that is being read, in a file of named ones.
    binding: Option<String>,
    maker: Vec<String>,
    code: Seen,
    calls: BTreeMap<(String, String), (u64, u64)>,
    packages: BTreeMap<String, u64>,
    pub(super) objects: u64,
}

impl<'i> Walk<'i> {
    pub(super) fn new(input: &'i Input<'i>, stream: Stream<'i>, is_workspace: bool) -> Self {
        Self {
            input,
            stream,
            tasks: vec![Task::Object(if is_workspace { Role::Names } else { Role::Top })],
            names: HashMap::new(),
            references: 0,
            binding: None,
            maker: Vec::new(),
            code: Seen::new(),
            calls: BTreeMap::new(),
            packages: BTreeMap::new(),
            objects: 0,
        }
    }

    pub(super) fn coding(&self) -> &'static str {
        match self.stream.coding {
            Coding::Xdr => "XDR",
            Coding::Native => "binary",
            Coding::Ascii => "ASCII",
        }
    }

    pub(super) fn position(&mut self) -> u64 {
        self.stream.position()
    }

    /// Reads all there is.
    pub(super) fn run(&mut self, inspection: &Inspection<'_>) -> Result<(), Fault> {
        let max = inspection.limits.object_stack_max;
        while let Some(task) = self.tasks.pop() {
            if self.tasks.len() as u64 >= max || self.names.len() as u64 >= max {
                return Err(Fault::Budget { limit: "object_stack_max".into(), max });
            }
            match task {
                Task::Object(role) => self.object(role)?,
                Task::Objects(0, _) | Task::Constants(0) => {}
                Task::Objects(left, role) => {
                    self.tasks.push(Task::Objects(left.saturating_sub(1), role));
                    self.object(role)?;
                }
                Task::Bytecode => self.bytecode()?,
                Task::Constants(left) => self.constants(left)?,
                Task::Constant(role) => {
                    let of = self.stream.integer()?;
                    self.constant(of, role)?;
                }
                Task::ConstantOf(of) => self.constant(of, Role::Inner)?,
                Task::MakerEnds => self.maker_ends(),
            }
        }
        Ok(())
    }

    /// States what R could run, and what it takes from its library.
    pub(super) fn state(&mut self, inspection: &mut Inspection<'_>) {
        let size = self.input.bytes.size();
        let framework = || FORMAT.id.to_owned();
        for ((language, holder), (at, times)) in std::mem::take(&mut self.code) {
            let (language, holder, excerpt) = (language.to_owned(), holder, String::new());
            let code = GraphFact::EmbeddedCode { framework: framework(), language, holder, excerpt };
            inspection.fact_times(self.input.place.at(at..size), code, times);
        }
        for ((domain, name), (at, times)) in std::mem::take(&mut self.calls) {
            let call = GraphFact::Operator { framework: framework(), domain, name };
            inspection.fact_times(self.input.place.at(at..size), call, times);
        }
        for (target, at) in std::mem::take(&mut self.packages) {
            let (kind, holder) = (ExternalKind::Library, "namespace".to_owned());
            let package = GraphFact::External { framework: framework(), kind, holder, target };
            inspection.fact(self.input.place.at(at..size), package);
        }
    }

    fn object(&mut self, role: Role) -> Result<(), Fault> {
        self.objects = self.objects.saturating_add(1);
        let flags = self.stream.integer()?.cast_unsigned();
        let (has_attributes, has_tag) = (flags & 0x200 != 0, flags & 0x400 != 0);
        match flags & 0xff {
            of @ (2 | 3 | 5 | 6 | 17) => self.pair(of, has_attributes, has_tag, role),
            of => self.value(of, flags, has_attributes, role)?,
        }
        Ok(())
    }

    /// Lists, functions, promises and expressions: attributes, tag, first and rest, in this order.
    fn pair(&mut self, of: u32, has_attributes: bool, has_tag: bool, role: Role) {
        let is_list = of == 2;
        let (tag, first, rest) = match role {
            Role::Names if is_list => (Role::Name, Role::Top, Role::Names),
            Role::Maker if is_list => (Role::Inner, Role::Maker, Role::Maker),
            _ if of == 6 => (Role::Inner, Role::Callee, Role::Inner),
            _ => (Role::Inner, Role::Inner, Role::Inner),
        };
        match of {
            3 => self.see("r", role, "a function"),
            // A promise without an environment has been evaluated: its value is there.
            5 if has_tag => self.see("r-promise", role, "an environment"),
            6 => self.see("r", role, "an expression"),
            _ => {}
        }
        self.tasks.extend([Task::Object(rest), Task::Object(first)]);
        self.tasks.extend(has_tag.then_some(Task::Object(tag)));
        self.tasks.extend(has_attributes.then_some(Task::Object(Role::Inner)));
    }

    fn value(&mut self, of: u32, flags: u32, has_attributes: bool, role: Role) -> Result<(), Fault> {
        // Attributes follow the elements of a vector; the flags of a reference are its number.
        self.tasks.extend((has_attributes && matches!(of, 10..=25)).then_some(Task::Object(Role::Inner)));
        match of {
            // NULL, missing, unbound, and the environments that every R has.
            241 | 242 | 247 | 251..=254 => {}
            255 => self.reference(flags >> 8, role)?,
            1 => self.symbol(role)?,
            4 => self.environment()?,
            7 | 8 => {
                let length = self.stream.length()?;
                let name = self.stream.text(length)?;
                self.call("", &name);
            }
            9 => {
                self.string()?;
                self.tasks.extend(has_attributes.then_some(Task::Object(Role::Inner)));
            }
            10 | 13 => self.numbers(1, 4)?,
            14 => self.numbers(1, 8)?,
            15 => self.numbers(2, 8)?,
            24 => self.numbers(1, 1)?,
            16 => self.strings()?,
            19 => {
                let length = self.stream.length()?;
                self.tasks.push(Task::Objects(length, Role::Inner));
            }
            20 => {
                self.see("r", role, "an expression");
                let length = self.stream.length()?;
                self.tasks.push(Task::Objects(length, Role::Inner));
            }
            21 => {
                self.see("r-bytecode", role, "a function");
                self.stream.integer()?;
                self.tasks.push(Task::Bytecode);
            }
            22 => {
                self.refer(None);
                self.tasks.extend([Task::Object(Role::Inner); 2]);
            }
            23 => self.refer(None),
            25 => {}
            238 => {
                let made = [Task::Object(Role::Inner), Task::Object(Role::Inner), Task::MakerEnds];
                self.tasks.extend(made);
                self.maker.clear();
                self.tasks.push(Task::Object(Role::Maker));
            }
            248..=250 => self.named_environment(of)?,
            other => return Err(unsupported(format!("an object of type {other}"))),
        }
        Ok(())
    }

    fn numbers(&mut self, words: u64, bytes: u64) -> Result<(), Fault> {
        let length = self.stream.length()?;
        self.stream.skip_numbers(length, words, bytes)
    }

    fn strings(&mut self) -> Result<(), Fault> {
        for _ in 0..self.stream.length()? {
            let flags = self.stream.integer()?;
            if flags & 0xff != 9 || flags & 0x200 != 0 {
                return Err(malformed("an element of a character vector that is no string"));
            }
            self.string()?;
        }
        Ok(())
    }

    /// The characters of a string; `NA` has a length of its own.
    fn string(&mut self) -> Result<String, Fault> {
        match self.stream.integer()? {
            -1 => Ok("NA".into()),
            length => {
                let length = u64::try_from(length).map_err(|_| malformed("a string of negative length"))?;
                self.stream.text(length)
            }
        }
    }

    fn symbol(&mut self, role: Role) -> Result<(), Fault> {
        let flags = self.stream.integer()?;
        if flags & 0xff != 9 {
            return Err(malformed("a symbol whose name is no string"));
        }
        let name = self.string()?;
        self.refer(Some(&name));
        self.named(&name, role);
        Ok(())
    }

    fn reference(&mut self, packed: u32, role: Role) -> Result<(), Fault> {
        let number = if packed == 0 { self.stream.integer()?.cast_unsigned() } else { packed };
        if number == 0 || u64::from(number) > self.references {
            return Err(malformed("a reference to an object that is not there"));
        }
        if let Some(name) = self.names.get(&u64::from(number)).cloned() {
            self.named(&name, role);
        }
        Ok(())
    }

    /// A symbol stands where its name matters.
    fn named(&mut self, name: &str, role: Role) {
        match role {
            Role::Callee => self.call("", name),
            Role::Name => self.binding = Some(shortened(name)),
            Role::Maker => self.maker.push(shortened(name)),
            _ => {}
        }
    }

    fn refer(&mut self, name: Option<&str>) {
        self.references = self.references.saturating_add(1);
        if let Some(name) = name {
            self.names.insert(self.references, name.to_owned());
        }
    }

    /// Enclosing environment, frame, hash table and attributes.
    fn environment(&mut self) -> Result<(), Fault> {
        self.stream.integer()?;
        self.refer(None);
        self.tasks.extend([Task::Object(Role::Inner); 4]);
        Ok(())
    }

    /// An environment that R finds by the name of a package, which it loads for that.
    fn named_environment(&mut self, of: u32) -> Result<(), Fault> {
        self.stream.integer()?;
        let count = self.stream.length()?;
        let mut name = None;
        for _ in 0..count {
            self.stream.integer()?;
            let text = self.string()?;
            name.get_or_insert(text);
        }
        self.refer(None);
        if of == 248 {
            return Err(unsupported("an object that the reading program restores by name".into()));
        }
        let name = shortened(name.as_deref().unwrap_or_default());
        let at = self.stream.position();
        self.packages.entry(name).or_insert(at);
        Ok(())
    }

    /// A compact vector: the class and package whose code expands it.
    fn maker_ends(&mut self) {
        let mut names = std::mem::take(&mut self.maker).into_iter();
        let (class, package) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        self.call(&format!("altrep:{package}"), &class);
    }

    /// The code is an integer vector, and what it works on follows.
    fn bytecode(&mut self) -> Result<(), Fault> {
        self.object(Role::Inner)?;
        let count = self.stream.length()?;
        self.tasks.push(Task::Constants(count));
        Ok(())
    }

    fn constants(&mut self, left: u64) -> Result<(), Fault> {
        self.tasks.push(Task::Constants(left.saturating_sub(1)));
        match self.stream.integer()? {
            21 => self.tasks.push(Task::Bytecode),
            of @ (2 | 6 | 239 | 240 | 243 | 244) => self.tasks.push(Task::ConstantOf(of)),
            _ => self.tasks.push(Task::Object(Role::Inner)),
        }
        Ok(())
    }

    /// An expression among the constants; one that occurs before is referred to by number.
    fn constant(&mut self, of: i32, role: Role) -> Result<(), Fault> {
        let of = match of {
            243 => return self.stream.integer().map(drop),
            244 => {
                self.stream.integer()?;
                self.stream.integer()?
            }
            of => of,
        };
        match of {
            2 | 6 | 239 | 240 => {
                let is_call = matches!(of, 6 | 240);
                let first = if is_call { Role::Callee } else { Role::Inner };
                self.tasks.extend([Task::Constant(Role::Inner), Task::Constant(first)]);
                self.tasks.push(Task::Object(Role::Inner));
                self.tasks.extend((of >= 239).then_some(Task::Object(Role::Inner)));
                if is_call {
                    self.see("r", Role::Inner, "an expression");
                }
            }
            _ => self.object(role)?,
        }
        Ok(())
    }

    fn see(&mut self, language: &'static str, role: Role, within: &str) {
        let holder = match (role, &self.binding) {
            (Role::Top, Some(name)) => format!("the value `{name}`"),
            (Role::Top, None) => "the value itself".to_owned(),
            _ => within.to_owned(),
        };
        let at = self.stream.position();
        let (_, times) = self.code.entry((language, holder)).or_insert((at, 0));
        *times = times.saturating_add(1);
    }

    fn call(&mut self, domain: &str, name: &str) {
        let at = self.stream.position();
        let (_, times) = self.calls.entry((shortened(domain), shortened(name))).or_insert((at, 0));
        *times = times.saturating_add(1);
    }
}
