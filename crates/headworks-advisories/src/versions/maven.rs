//! Maven's versions: a list of numbers and qualifiers in which each hyphen, and each change between digits and
//! letters, opens a list within the list.

use std::cmp::Ordering;

use super::What;
use super::number::Number;

/// Longest version that Maven itself takes; it also bounds how deep lists nest.
const BYTES_MAX: usize = 256;

/// Qualifiers that Maven knows, in order; the empty one is a release and others come after all of these.
const QUALIFIERS: &[&str] = &["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

/// Index of the release among the qualifiers.
const RELEASE: usize = 5;

#[derive(Debug, Clone)]
pub(super) struct Maven(Vec<Item>);

#[derive(Debug, Clone)]
enum Item {
    Number(String),
    Qualifier(String),
    /// A qualifier with a number right after it, as in `rc1` and `rc-1`.
    Numbered(String, String),
    List(Vec<Item>),
}

pub(super) fn parse(text: &str) -> Result<Maven, What> {
    if text.len() > BYTES_MAX {
        return Err("too many bytes");
    }
    let mut reader = Reader { levels: vec![Vec::new()], buffer: String::new(), is_digit: false, is_numbered: false };
    let lower = text.trim().to_lowercase();
    let mut characters = lower.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '.' => reader.dot(),
            '-' => reader.hyphen(characters.peek().copied()),
            '0'..='9' => reader.digit(character),
            _ => reader.letter(character),
        }
    }
    Ok(Maven(reader.finish()))
}

/// Where the text was cut so far. Lists nest at their ends only, so the open ones are a stack.
struct Reader {
    levels: Vec<Vec<Item>>,
    buffer: String,
    is_digit: bool,
    is_numbered: bool,
}

impl Reader {
    fn dot(&mut self) {
        let item = if self.buffer.is_empty() { Item::Number(String::new()) } else { self.item() };
        self.add(item);
        self.is_numbered = false;
    }

    fn hyphen(&mut self, next: Option<char>) {
        if self.buffer.is_empty() {
            self.add(Item::Number(String::new()));
        } else if !self.is_digit && next.is_some_and(|next| next.is_ascii_digit()) {
            // `rc-1` is `rc1`.
            self.is_numbered = true;
            self.buffer.push('-');
            return;
        } else {
            let item = self.item();
            self.add(item);
        }
        self.open();
        self.is_numbered = false;
    }

    fn digit(&mut self, digit: char) {
        if !self.is_digit && !self.buffer.is_empty() {
            self.is_numbered = true;
            self.open();
        }
        self.is_digit = true;
        self.buffer.push(digit);
    }

    fn letter(&mut self, letter: char) {
        if self.is_digit && !self.buffer.is_empty() {
            let item = self.item();
            self.add(item);
            self.open();
            self.is_numbered = false;
        }
        self.is_digit = false;
        self.buffer.push(letter);
    }

    fn finish(mut self) -> Vec<Item> {
        if !self.buffer.is_empty() {
            if !self.is_digit {
                self.open();
            }
            let item = self.item();
            self.add(item);
        }
        let mut inner: Option<Vec<Item>> = None;
        while let Some(mut level) = self.levels.pop() {
            level.extend(inner.take().map(Item::List));
            normalize(&mut level);
            inner = Some(level);
        }
        inner.unwrap_or_default()
    }

    /// Opens a list at the end of the innermost one, unless that is empty.
    fn open(&mut self) {
        if self.levels.last().is_some_and(|level| !level.is_empty()) {
            self.levels.push(Vec::new());
        }
    }

    fn add(&mut self, item: Item) {
        if let Some(level) = self.levels.last_mut() {
            level.push(item);
        }
    }

    fn item(&mut self) -> Item {
        let text = std::mem::take(&mut self.buffer).replace('-', if self.is_numbered { "" } else { "-" });
        if self.is_numbered {
            let digits = text.find(|character: char| character.is_ascii_digit()).unwrap_or(text.len());
            let (word, digits) = text.split_at_checked(digits).unwrap_or((&text, ""));
            return Item::Numbered(known(spelled_out(word)), digits.trim_start_matches('0').to_owned());
        }
        if self.is_digit {
            Item::Number(text.trim_start_matches('0').to_owned())
        } else {
            Item::Qualifier(known(&text))
        }
    }
}

/// Before a number, one letter stands for the word.
fn spelled_out(word: &str) -> &str {
    match word {
        "a" => "alpha",
        "b" => "beta",
        "m" => "milestone",
        other => other,
    }
}

fn known(word: &str) -> String {
    if word == "cr" { "rc".to_owned() } else { word.to_owned() }
}

/// Removes what says nothing: zeros at the end, and before a qualifier.
fn normalize(list: &mut Vec<Item>) {
    for index in (0..list.len()).rev() {
        let Some(item) = list.get(index) else { continue };
        let says_nothing = match item {
            Item::Number(digits) => digits.is_empty(),
            Item::Qualifier(word) => word.is_empty(),
            Item::Numbered(..) => false,
            Item::List(items) => items.is_empty(),
        };
        let goes = match list.get(index.saturating_add(1)) {
            None | Some(Item::Qualifier(_)) => true,
            Some(Item::List(items)) => matches!(items.first(), Some(Item::Numbered(..) | Item::Qualifier(_))),
            Some(_) => false,
        };
        if says_nothing && goes {
            list.remove(index);
        }
    }
    if let [Item::List(inner)] = list.as_mut_slice() {
        let inner = std::mem::take(inner);
        *list = inner;
    }
}

impl Maven {
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        compare_lists(&self.0, &other.0)
    }
}

fn compare_lists(a: &[Item], b: &[Item]) -> Ordering {
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(left), None) => compare_to_nothing(left),
            (None, Some(right)) => compare_to_nothing(right).reverse(),
            (Some(left), Some(right)) => compare(left, right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_to_nothing(item: &Item) -> Ordering {
    match item {
        Item::Number(digits) => (!digits.is_empty()).cmp(&false),
        Item::Qualifier(word) => rank(word).cmp(&(RELEASE, "")),
        Item::Numbered(word, digits) => rank(word).cmp(&(RELEASE, "")).then((!digits.is_empty()).cmp(&false)),
        Item::List(items) => {
            items.iter().map(compare_to_nothing).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
        }
    }
}

fn compare(a: &Item, b: &Item) -> Ordering {
    match (a, b) {
        (Item::Number(a), Item::Number(b)) => Number::new(a).cmp(&Number::new(b)),
        (Item::Number(_), _) => Ordering::Greater,
        (_, Item::Number(_)) => Ordering::Less,
        (Item::Qualifier(a), Item::Qualifier(b)) => rank(a).cmp(&rank(b)),
        (Item::Qualifier(a), Item::Numbered(b, digits)) => compare_to_numbered(a, b, digits),
        (Item::Numbered(a, digits), Item::Qualifier(b)) => compare_to_numbered(b, a, digits).reverse(),
        (Item::Numbered(a, left), Item::Numbered(b, right)) => {
            rank(a).cmp(&rank(b)).then_with(|| Number::new(left).cmp(&Number::new(right)))
        }
        (Item::List(a), Item::List(b)) => compare_lists(a, b),
        (Item::List(a), b) => compare_list_to_one(a, b),
        (a, Item::List(b)) => compare_list_to_one(b, a).reverse(),
    }
}

/// A qualifier is below the same with a number; after a release, the number alone decides.
fn compare_to_numbered(word: &str, other: &str, digits: &str) -> Ordering {
    let has_number = !digits.is_empty();
    rank(word).cmp(&rank(other)).then(if rank(word) == (RELEASE, "") && !has_number {
        Ordering::Equal
    } else {
        Ordering::Less
    })
}

fn compare_list_to_one(list: &[Item], one: &Item) -> Ordering {
    let Some((first, rest)) = list.split_first() else { return compare_to_nothing(one).reverse() };
    let rest = || rest.iter().map(compare_to_nothing).find(|order| *order != Ordering::Equal);
    compare(first, one).then_with(|| rest().unwrap_or(Ordering::Equal))
}

/// Place of a qualifier in the order; words that Maven does not know come last, by the alphabet.
fn rank(word: &str) -> (usize, &str) {
    if matches!(word, "ga" | "final" | "release") {
        return (RELEASE, "");
    }
    match QUALIFIERS.iter().position(|known| *known == word) {
        Some(index) => (index, ""),
        None => (QUALIFIERS.len(), word),
    }
}
