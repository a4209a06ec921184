//! Every scheme beside the published vectors of the tool that defines it.

use std::cmp::Ordering;

use super::*;

fn check(scheme: Scheme, vectors: &str) {
    let mut checked = 0;
    for line in vectors.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(bad) = line.strip_prefix("! ") {
            assert!(scheme.parse(bad).is_err(), "{scheme:?} takes `{bad}`");
        } else if line.contains(" < ") {
            let chain: Vec<&str> = line.split(" < ").collect();
            for (index, low) in chain.iter().enumerate() {
                chain[index + 1..].iter().for_each(|high| ordered(scheme, low, high, Ordering::Less));
            }
        } else {
            let (a, b) = line.split_once(" = ").expect("an equality");
            ordered(scheme, a, b, Ordering::Equal);
        }
        checked += 1;
    }
    assert!(checked > 3, "{scheme:?} has no vectors");
}

fn ordered(scheme: Scheme, a: &str, b: &str, expected: Ordering) {
    let parse = |text| scheme.parse(text).unwrap_or_else(|error| panic!("{scheme:?}: {error}"));
    let (left, right) = (parse(a), parse(b));
    assert_eq!(left.compare(&right), Some(expected), "{scheme:?}: `{a}` and `{b}`");
    assert_eq!(right.compare(&left), Some(expected.reverse()), "{scheme:?}: `{b}` and `{a}`");
    assert_eq!(left.compare(&left), Some(Ordering::Equal), "{scheme:?}: `{a}` and itself");
}

#[test]
fn python_orders_versions_as_packaging_does() {
    check(Scheme::Pep440, include_str!("../../vectors/pep440.txt"));
}

#[test]
fn npm_orders_versions_as_node_semver_does() {
    check(Scheme::Npm, include_str!("../../vectors/npm.txt"));
}

#[test]
fn go_orders_versions_as_its_own_module_does() {
    check(Scheme::Go, include_str!("../../vectors/go.txt"));
}

#[test]
fn cargo_orders_versions_by_the_specification_and_is_strict() {
    check(Scheme::Cargo, include_str!("../../vectors/cargo.txt"));
}

#[test]
fn ranges_of_semantic_versions_take_short_ones() {
    check(Scheme::SemVer, include_str!("../../vectors/semver.txt"));
}

#[test]
fn hex_orders_versions_as_elixir_does() {
    check(Scheme::Hex, include_str!("../../vectors/hex.txt"));
}

#[test]
fn pub_orders_versions_and_builds_as_dart_does() {
    check(Scheme::Pub, include_str!("../../vectors/pub.txt"));
}

#[test]
fn maven_orders_versions_as_comparable_version_does() {
    check(Scheme::Maven, include_str!("../../vectors/maven.txt"));
}

#[test]
fn rubygems_orders_versions_as_gem_version_does() {
    check(Scheme::RubyGems, include_str!("../../vectors/rubygems.txt"));
}

#[test]
fn nuget_orders_versions_as_its_own_library_does() {
    check(Scheme::NuGet, include_str!("../../vectors/nuget.txt"));
}

#[test]
fn packagist_orders_versions_as_composer_does() {
    check(Scheme::Packagist, include_str!("../../vectors/packagist.txt"));
}

#[test]
fn packagist_brings_versions_into_composers_form() {
    for line in include_str!("../../vectors/packagist-normal.txt").lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("! ") {
            Some(bad) => assert_eq!(packagist::normal_form(bad), None, "`{bad}`"),
            None => {
                let (text, normal) = line.split_once(" -> ").expect("a normal form");
                assert_eq!(packagist::normal_form(text).as_deref(), Some(normal), "`{text}`");
            }
        }
    }
}

#[test]
fn debian_orders_versions_as_dpkg_does() {
    check(Scheme::Debian, include_str!("../../vectors/debian.txt"));
}

#[test]
fn alpine_orders_versions_as_apk_does() {
    check(Scheme::Alpine, include_str!("../../vectors/alpine.txt"));
}

#[test]
fn rpm_orders_versions_as_rpmvercmp_does() {
    check(Scheme::Rpm, include_str!("../../vectors/rpm.txt"));
}

#[test]
fn cran_orders_numbers() {
    check(Scheme::Cran, include_str!("../../vectors/cran.txt"));
}

#[test]
fn hackage_orders_numbers() {
    check(Scheme::Dotted, include_str!("../../vectors/dotted.txt"));
}

#[test]
fn a_bound_without_a_local_label_ignores_that_of_a_candidate() {
    let parse = |text| Scheme::Pep440.parse(text).expect("a version");
    assert_eq!(parse("2.0.0+cu118").compare_to_bound(&parse("2.0.0")), Some(Ordering::Equal));
    assert_eq!(parse("2.0.0+cu118").compare_to_bound(&parse("2.0.0+cu117")), Some(Ordering::Greater));
    assert_eq!(parse("2.0.0+cu118").compare(&parse("2.0.0")), Some(Ordering::Greater));
}

#[test]
fn schemes_do_not_mix() {
    let semantic = Scheme::Npm.parse("1.0.0").expect("a version");
    assert_eq!(semantic.compare(&Scheme::Pep440.parse("1.0.0").expect("a version")), None);
}

#[test]
fn nothing_and_too_much_are_no_versions() {
    assert_eq!(Scheme::Rpm.parse("  ").expect_err("no version"), VersionError::Empty);
    let long = "1".repeat(VERSION_BYTES_MAX + 1);
    assert!(matches!(Scheme::Rpm.parse(&long), Err(VersionError::TooLong { .. })));
}

const ALL: [Scheme; 16] = [
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

/// Pieces of which versions of all schemes are made, and some of none.
const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "10",
    "007",
    ".",
    ".",
    "-",
    "_",
    "+",
    "~",
    "^",
    ":",
    "!",
    "a",
    "b",
    "rc",
    "alpha",
    "dev",
    "post",
    "p",
    "x",
    "ga",
    "final",
    "sp",
    "-r1",
    "v",
    " ",
    "é",
    "1.0",
    "1.0.0",
    "99999999999999999999",
];

/// Texts from a generator that needs no crate.
fn texts(seed: u64) -> impl FnMut() -> String {
    let mut state = seed;
    let mut below = move |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    move || {
        let start = ["1", "1.0", "1.0.0", ""][below(4)].to_owned();
        (0..below(6)).fold(start, |text, _| text + PIECES[below(PIECES.len())])
    }
}

#[test]
fn every_scheme_is_an_order_on_whatever_it_takes() {
    for scheme in ALL {
        let mut any = texts(scheme as u64 + 1);
        let mut text = || std::iter::from_fn(|| Some(any())).find(|text| scheme.parse(text).is_ok()).expect("some");
        for _ in 0..400 {
            let (a, b, c) = (text(), text(), text());
            let parse = |text| scheme.parse(text).expect("was taken");
            let (x, y, z) = (parse(&a), parse(&b), parse(&c));
            let order = |x: &Version<'_>, y: &Version<'_>| x.compare(y).expect("one scheme");
            assert_eq!(order(&x, &y), order(&y, &x).reverse(), "{scheme:?}: `{a}` and `{b}`");
            if order(&x, &y) != Ordering::Greater && order(&y, &z) != Ordering::Greater {
                assert_ne!(order(&x, &z), Ordering::Greater, "{scheme:?}: `{a}`, `{b}` and `{c}`");
            }
        }
    }
}
