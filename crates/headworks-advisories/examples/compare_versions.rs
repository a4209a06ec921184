//! Reads lines of a scheme and two versions between tabs, and prints how they compare: the other half of a
//! differential check against the tools that define the schemes.

#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::io::BufRead as _;

use headworks_advisories::versions::Scheme;

const SCHEMES: &[(&str, Scheme)] = &[
    ("semver", Scheme::SemVer),
    ("cargo", Scheme::Cargo),
    ("npm", Scheme::Npm),
    ("go", Scheme::Go),
    ("hex", Scheme::Hex),
    ("pub", Scheme::Pub),
    ("pep440", Scheme::Pep440),
    ("maven", Scheme::Maven),
    ("rubygems", Scheme::RubyGems),
    ("nuget", Scheme::NuGet),
    ("packagist", Scheme::Packagist),
    ("debian", Scheme::Debian),
    ("alpine", Scheme::Alpine),
    ("rpm", Scheme::Rpm),
    ("dotted", Scheme::Dotted),
    ("cran", Scheme::Cran),
];

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut fields = line.split('\t');
        let (name, a, b) = (fields.next(), fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let scheme = SCHEMES.iter().find(|(known, _)| Some(*known) == name).map(|(_, scheme)| *scheme);
        let order = scheme.and_then(|scheme| scheme.parse(a).ok()?.compare(&scheme.parse(b).ok()?));
        println!("{}", order.map_or("?".to_owned(), |order| (order as i8).to_string()));
    }
}
