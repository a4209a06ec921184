//! Ranges of versions in the notation of `vers`, from the notations of package managers.
//!
//! Source: the VERS specification of package-url. A constraint that has no place in it is left to be quoted.

use headworks_types::fact::Ecosystem;

/// The range that a requirement allows. None: it allows every version, or cannot be written so.
pub(super) fn vers(ecosystem: Ecosystem, written: &str) -> Option<String> {
    let written = written.trim();
    let mut constraints = match ecosystem {
        Ecosystem::Python => written.split(',').map(|part| python(part.trim())).collect::<Option<Vec<_>>>()?.concat(),
        Ecosystem::Npm => npm(written)?,
        Ecosystem::Conda => return None,
    };
    // Versions stand in order, each once.
    constraints.sort_by_key(|(_, version)| key(version));
    let is_repeated = constraints.windows(2).any(|pair| matches!(pair, [a, b] if a.1 == b.1));
    if constraints.is_empty() || is_repeated {
        return None;
    }
    let scheme = if ecosystem == Ecosystem::Npm { "npm" } else { "pypi" };
    let constraints: Vec<String> = constraints.iter().map(|(sign, version)| format!("{sign}{version}")).collect();
    Some(format!("vers:{scheme}/{}", constraints.join("|")))
}

type Constraint = (&'static str, String);

fn python(part: &str) -> Option<Vec<Constraint>> {
    if let Some(version) = part.strip_prefix("~=") {
        return Some(vec![(">=", plain(version)?), ("<", above(version, 2)?)]);
    }
    if let Some(version) = part.strip_prefix("==").and_then(|version| version.strip_suffix(".*")) {
        return Some(vec![(">=", plain(version)?), ("<", above(version, 1)?)]);
    }
    let (sign, version) =
        [">=", "<=", "!=", ">", "<"].iter().find_map(|sign| Some((*sign, part.strip_prefix(sign)?)))?;
    Some(vec![(sign, plain(version)?)])
}

fn npm(written: &str) -> Option<Vec<Constraint>> {
    let (sign, version) = written.split_at_checked(1)?;
    let parts = version.split('.').count();
    match sign {
        "^" if parts == 3 => {
            let fixed = version.split('.').take_while(|part| *part == "0").count().min(2);
            Some(vec![(">=", plain(version)?), ("<", above(version, parts - fixed)?)])
        }
        "~" if parts == 3 => Some(vec![(">=", plain(version)?), ("<", above(version, 2)?)]),
        _ => {
            let one = |part: &str| {
                let (sign, version) =
                    [">=", "<=", ">", "<"].iter().find_map(|sign| Some((*sign, part.strip_prefix(sign)?)))?;
                Some((sign, plain(version)?))
            };
            written.split_whitespace().map(one).collect()
        }
    }
}

/// A version that needs no quoting.
fn plain(version: &str) -> Option<String> {
    let version = version.trim();
    let is_plain = version.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    (is_plain && !version.is_empty()).then(|| version.to_owned())
}

/// The first version above all that begin like this one, without its last `dropped - 1` parts.
fn above(version: &str, dropped: usize) -> Option<String> {
    let mut parts: Vec<u64> = version.trim().split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let kept = parts.len().checked_sub(dropped.checked_sub(1)?)?;
    parts.truncate(kept);
    let last = parts.last_mut()?;
    *last = last.checked_add(1)?;
    Some(parts.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
}

fn key(version: &str) -> Vec<u64> {
    version.split(['.', '-']).map(|part| part.parse().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_in_order() {
        let python = |written| vers(Ecosystem::Python, written);
        assert_eq!(python("<0.14,>=0.12").as_deref(), Some("vers:pypi/>=0.12|<0.14"));
        assert_eq!(python("~=1.4.2").as_deref(), Some("vers:pypi/>=1.4.2|<1.5"));
        assert_eq!(python("==1.*").as_deref(), Some("vers:pypi/>=1|<2"));
        assert_eq!(python(""), None);
        let npm = |written| vers(Ecosystem::Npm, written);
        assert_eq!(npm("^1.2.3").as_deref(), Some("vers:npm/>=1.2.3|<2"));
        assert_eq!(npm("^0.2.3").as_deref(), Some("vers:npm/>=0.2.3|<0.3"));
        assert_eq!(npm("~1.2.3").as_deref(), Some("vers:npm/>=1.2.3|<1.3"));
        assert_eq!(npm("latest"), None);
    }
}
