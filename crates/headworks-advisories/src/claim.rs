//! What one advisory says of one package, and the compact form in which many of these are kept.

use std::borrow::Cow;

/// What one advisory says of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Id of the advisory.
    pub id: Cow<'a, str>,
    /// Whether it says that the package itself is an attack.
    pub is_malicious: bool,
    /// Whether it was taken back.
    pub is_withdrawn: bool,
    /// Why the advisory could not be read, beyond its id and its packages.
    pub unreadable: Option<Cow<'a, str>>,
    /// Release of a distribution, or the registry, that it is about.
    pub release: Option<Cow<'a, str>>,
    /// Versions that are affected, one by one.
    pub versions: Vec<Cow<'a, str>>,
    /// Ranges of versions that are affected.
    pub ranges: Vec<Range<'a>>,
}

/// A range of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range<'a> {
    /// Bounds in the order of the ecosystem.
    Ecosystem(Vec<(Event, Cow<'a, str>)>),
    /// Bounds in the order of Semantic Versioning.
    Semantic(Vec<(Event, Cow<'a, str>)>),
    /// Commits of a repository, whose order only the repository knows.
    Commits,
    /// One that says nothing: why.
    Broken(Cow<'a, str>),
}

/// What happens at a bound of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The version is the first that is affected; `0` is before all.
    Introduced,
    /// The version is the first that is not.
    Fixed,
    /// The version is the last that is affected.
    LastAffected,
    /// Versions from here on are not spoken of; `*` is after all.
    Limit,
}

/// Why a packed list of claims could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the packed claims break off or hold what they cannot at byte {at}")]
pub struct Damaged {
    /// Where.
    pub at: usize,
}

const MALICIOUS: u8 = 1;
const WITHDRAWN: u8 = 1 << 1;
const UNREADABLE: u8 = 1 << 2;
const RELEASE: u8 = 1 << 3;
const ALL_FLAGS: u8 = MALICIOUS | WITHDRAWN | UNREADABLE | RELEASE;

const EVENTS: [Event; 4] = [Event::Introduced, Event::Fixed, Event::LastAffected, Event::Limit];

impl Claim<'_> {
    /// Adds the packed form to a list of such.
    pub fn pack(&self, list: &mut Vec<u8>) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        list.push(
            flag(self.is_malicious, MALICIOUS)
                | flag(self.is_withdrawn, WITHDRAWN)
                | flag(self.unreadable.is_some(), UNREADABLE)
                | flag(self.release.is_some(), RELEASE),
        );
        put_text(list, &self.id);
        self.unreadable.iter().chain(&self.release).for_each(|text| put_text(list, text));
        put_number(list, self.versions.len());
        self.versions.iter().for_each(|version| put_text(list, version));
        put_number(list, self.ranges.len());
        self.ranges.iter().for_each(|range| pack_range(range, list));
    }
}

fn pack_range(range: &Range<'_>, list: &mut Vec<u8>) {
    let mut events = |kind: u8, events: &[(Event, Cow<'_, str>)]| {
        list.push(kind);
        put_number(list, events.len());
        for (event, text) in events {
            list.push(*event as u8);
            put_text(list, text);
        }
    };
    match range {
        Range::Ecosystem(bounds) => events(0, bounds),
        Range::Semantic(bounds) => events(1, bounds),
        Range::Commits => list.push(2),
        Range::Broken(why) => {
            list.push(3);
            put_text(list, why);
        }
    }
}

fn put_text(list: &mut Vec<u8>, text: &str) {
    put_number(list, text.len());
    list.extend_from_slice(text.as_bytes());
}

/// Seven bits a byte, the lowest first.
fn put_number(list: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        list.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    list.push(number as u8);
}

/// Reads a packed list.
///
/// # Errors
/// When it is damaged; what came before the damage is not answered, since what is missing could matter.
pub fn unpack(packed: &[u8]) -> Result<Vec<Claim<'_>>, Damaged> {
    let mut reader = Reader { packed, at: 0 };
    let mut claims = Vec::new();
    while reader.at < packed.len() {
        claims.push(reader.claim().ok_or(Damaged { at: reader.at })?);
    }
    Ok(claims)
}

struct Reader<'a> {
    packed: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn claim(&mut self) -> Option<Claim<'a>> {
        let flags = self.byte()?;
        if flags & !ALL_FLAGS != 0 {
            return None;
        }
        Some(Claim {
            id: self.text()?,
            is_malicious: flags & MALICIOUS != 0,
            is_withdrawn: flags & WITHDRAWN != 0,
            unreadable: if flags & UNREADABLE != 0 { Some(self.text()?) } else { None },
            release: if flags & RELEASE != 0 { Some(self.text()?) } else { None },
            versions: self.list(Self::text)?,
            ranges: self.list(Self::range)?,
        })
    }

    fn range(&mut self) -> Option<Range<'a>> {
        Some(match self.byte()? {
            0 => Range::Ecosystem(self.list(Self::event)?),
            1 => Range::Semantic(self.list(Self::event)?),
            2 => Range::Commits,
            3 => Range::Broken(self.text()?),
            _ => return None,
        })
    }

    fn event(&mut self) -> Option<(Event, Cow<'a, str>)> {
        let event = *EVENTS.get(usize::from(self.byte()?))?;
        Some((event, self.text()?))
    }

    /// A list of as many items as it says, each of which takes at least a byte.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        if count > self.packed.len().saturating_sub(self.at) {
            return None;
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn text(&mut self) -> Option<Cow<'a, str>> {
        let length = self.number()?;
        let end = self.at.checked_add(length)?;
        let text = std::str::from_utf8(self.packed.get(self.at..end)?).ok()?;
        self.at = end;
        Some(Cow::Borrowed(text))
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.packed.get(self.at)?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Vec<Claim<'static>> {
        let plain = Claim {
            id: "GHSA-1".into(),
            is_malicious: false,
            is_withdrawn: false,
            unreadable: None,
            release: None,
            versions: vec!["1.0".into(), "x".repeat(300).into()],
            ranges: vec![
                Range::Ecosystem(vec![(Event::Introduced, "0".into()), (Event::Fixed, "2".into())]),
                Range::Semantic(vec![(Event::LastAffected, "1.0.0".into()), (Event::Limit, "*".into())]),
                Range::Commits,
                Range::Broken("why".into()),
            ],
        };
        let other = Claim {
            id: "MAL-1".into(),
            is_malicious: true,
            is_withdrawn: true,
            unreadable: Some("not JSON".into()),
            release: Some("12".into()),
            versions: Vec::new(),
            ranges: Vec::new(),
        };
        vec![plain, other]
    }

    fn packed() -> Vec<u8> {
        let mut list = Vec::new();
        claims().iter().for_each(|claim| claim.pack(&mut list));
        list
    }

    #[test]
    fn what_is_packed_is_read_again() {
        assert_eq!(unpack(&packed()).expect("is whole"), claims());
        assert_eq!(unpack(&[]).expect("is whole"), []);
    }

    #[test]
    fn a_list_that_breaks_off_is_damaged_and_never_shorter() {
        let list = packed();
        let mut first = Vec::new();
        claims()[0].pack(&mut first);
        for length in (1..list.len()).filter(|length| *length != first.len()) {
            assert!(unpack(&list[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn no_byte_makes_the_reader_panic() {
        let list = packed();
        for at in 0..list.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = list.clone();
                changed[at] = byte;
                drop(unpack(&changed));
            }
        }
    }
}
