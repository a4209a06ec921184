//! Everything that reads advisories, versions, package URLs and exploitability statements.
//!
//! Beside not panicking: an order is the same both ways, and what is packed is read again as the same.

#![no_main]

use headworks_advisories::claim::unpack;
use headworks_advisories::epss::Epss;
use headworks_advisories::kev::Kev;
use headworks_advisories::versions::Scheme;
use headworks_advisories::vex::Vex;
use headworks_advisories::{Advisory, Ecosystem, Purl, matches};
use libfuzzer_sys::fuzz_target;

const SCHEMES: [Scheme; 16] = [
    Scheme::SemVer,
    Scheme::Cargo,
    Scheme::Npm,
    Scheme::Go,
    Scheme::Hex,
    Scheme::Pub,
    Scheme::Pep440,
    Scheme::Maven,
    Scheme::RubyGems,
    Scheme::NuGet,
    Scheme::Packagist,
    Scheme::Debian,
    Scheme::Alpine,
    Scheme::Rpm,
    Scheme::Dotted,
    Scheme::Cran,
];

fuzz_target!(|input: &[u8]| {
    let Some((reader, bytes)) = input.split_first() else { return };
    match SCHEMES.get(usize::from(reader % 32)) {
        Some(scheme) => drop(std::str::from_utf8(bytes).map(|text| order(*scheme, text))),
        None => match reader % 5 {
            0 => record(bytes),
            1 => drop(unpack(bytes)),
            2 => drop(std::str::from_utf8(bytes).map(|text| Purl::parse(text).map(|purl| purl.package()))),
            3 => drop((Vex::parse(bytes), Kev::parse(bytes))),
            _ => drop(Epss::parse(bytes)),
        },
    }
});

/// Two versions, a line each.
fn order(scheme: Scheme, text: &str) {
    let (a, b) = text.split_once('\n').unwrap_or((text, text));
    let (Ok(a), Ok(b)) = (scheme.parse(a), scheme.parse(b)) else { return };
    let order = a.compare(&b).expect("both are of one scheme");
    assert_eq!(b.compare(&a), Some(order.reverse()));
    assert_eq!(a.compare(&a), Some(std::cmp::Ordering::Equal));
}

fn record(bytes: &[u8]) {
    let Ok(advisory) = Advisory::parse(bytes) else { return };
    for about in advisory.claims() {
        let mut packed = Vec::new();
        about.claim.pack(&mut packed);
        assert_eq!(unpack(&packed).expect("what is packed is read"), [about.claim.clone()]);
        let ecosystem: Ecosystem = about.ecosystem();
        drop(matches::find(vec![about.claim], &ecosystem, "1.0.0"));
    }
}
