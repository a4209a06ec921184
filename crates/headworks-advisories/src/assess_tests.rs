//! The algorithm on records as they are written, each with a twin that ends otherwise.

use super::*;
use crate::osv::Advisory;

fn assessed(ecosystem: &str, affected: &str, version: &str) -> Assessment {
    let json = format!(
        r#"{{"id":"X-1","modified":"2026-01-01T00:00:00Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"p"}},{affected}}}]}}"#
    );
    let advisory = Advisory::parse(json.as_bytes()).expect("is a record");
    let about = advisory.claims().next().expect("a package");
    let ecosystem = Ecosystem::parse(ecosystem.split(':').next().expect("a name"));
    assess(&about.claim, &ecosystem, &Candidate::new(&ecosystem, version))
}

fn range(kind: &str, events: &str) -> String {
    format!(r#""ranges":[{{"type":"{kind}","events":[{events}]}}]"#)
}

#[track_caller]
fn affects(ecosystem: &str, affected: &str, yes: &[&str], no: &[&str]) {
    for version in yes {
        assert_eq!(assessed(ecosystem, affected, version), Assessment::Affected, "{version}");
    }
    for version in no {
        assert_eq!(assessed(ecosystem, affected, version), Assessment::NotAffected, "{version}");
    }
}

#[track_caller]
fn is_open(ecosystem: &str, affected: &str, version: &str) -> Reason {
    match assessed(ecosystem, affected, version) {
        Assessment::Undetermined(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn fixed_ends_a_range_before_and_last_affected_after_its_version() {
    let fixed = range("ECOSYSTEM", r#"{"introduced":"1.0"},{"fixed":"2.0"}"#);
    affects("PyPI", &fixed, &["1.0", "1.9.post1", "2.0rc1"], &["0.9", "1.0rc1", "2.0", "2.0+cu118"]);
    let last = range("ECOSYSTEM", r#"{"introduced":"0"},{"last_affected":"2.0"}"#);
    affects("PyPI", &last, &["0.1.dev0", "2.0", "2.0+cu118"], &["2.0.post1", "2.0.1"]);
}

#[test]
fn events_are_in_order_whatever_the_order_of_the_record() {
    let events = r#"{"fixed":"4.0.0"},{"introduced":"3.0.0"},{"fixed":"1.5.0"},{"introduced":"0"}"#;
    affects("npm", &range("SEMVER", events), &["0.0.0-0", "1.4.9", "3.0.0", "3.9.0"], &["1.5.0", "2.0.0", "4.0.0"]);
}

#[test]
fn one_version_can_be_all_of_a_range() {
    let events = r#"{"last_affected":"1.0.0"},{"introduced":"1.0.0"}"#;
    affects("npm", &range("SEMVER", events), &["1.0.0"], &["0.9.9", "1.0.1"]);
    let again = r#"{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"1.0.0"},{"fixed":"2.0.0"}"#;
    affects("npm", &range("SEMVER", again), &["0.9.9", "1.0.0"], &["2.0.0"]);
}

#[test]
fn a_limit_keeps_other_branches_out() {
    let events = r#"{"introduced":"1.0.0"},{"limit":"2.0.0"}"#;
    affects("npm", &range("SEMVER", events), &["1.0.0", "1.99.0"], &["2.0.0"]);
    let all = r#"{"introduced":"1.0.0"},{"limit":"*"}"#;
    affects("npm", &range("SEMVER", all), &["99.0.0"], &["0.9.0"]);
}

#[test]
fn a_listed_version_is_affected_in_every_spelling() {
    let listed = r#""versions":["1.0.0","2.0rc1"]"#;
    affects("PyPI", listed, &["1.0.0", "1.0", "v1", "2.0.RC.1", "1.0.0+cu118"], &["1.0.1", "2.0"]);
    affects("npm", r#""versions":["1.0.0"]"#, &["1.0.0", "v1.0.0"], &["1.0.1"]);
}

#[test]
fn a_version_is_affected_by_list_or_range() {
    let both = format!(r#""versions":["0.5"],{}"#, range("ECOSYSTEM", r#"{"introduced":"1"},{"fixed":"2"}"#));
    affects("PyPI", &both, &["0.5", "1.5"], &["0.6", "2"]);
}

#[test]
fn commits_alone_leave_it_open_and_beside_versions_do_not() {
    let git = r#""ranges":[{"type":"GIT","repo":"https://x.example","events":[{"introduced":"0"}]}]"#;
    assert_eq!(is_open("PyPI", git, "1.0"), Reason::CommitsOnly);
    affects("PyPI", &format!(r#"{git},"versions":["1.0"]"#), &["1.0"], &["1.1"]);
}

#[test]
fn an_ecosystem_that_is_not_known_is_never_not_affected() {
    let range = range("ECOSYSTEM", r#"{"introduced":"5"}"#);
    assert!(matches!(is_open("Atlantis", &range, "1"), Reason::UnknownEcosystem(_)));
    let listed = r#""versions":["1"]"#;
    affects("Atlantis", listed, &["1"], &[]);
    assert!(matches!(is_open("Atlantis", listed, "2"), Reason::UnknownEcosystem(_)));
    let semantic = self::range("SEMVER", r#"{"introduced":"1.0.0"}"#);
    affects("Atlantis", &semantic, &["1.5.0"], &[]);
    assert!(matches!(is_open("Atlantis", &semantic, "0.5.0"), Reason::UnknownEcosystem(_)));
}

#[test]
fn what_has_no_order_is_open() {
    let range = range("ECOSYSTEM", r#"{"introduced":"0"},{"fixed":"2.0"}"#);
    assert!(matches!(is_open("PyPI", &range, "2004d"), Reason::Version(_)));
    let bound = self::range("ECOSYSTEM", r#"{"introduced":"0"},{"fixed":"banana"}"#);
    assert!(matches!(is_open("PyPI", &bound, "1.0"), Reason::Bound(_)));
    assert!(matches!(is_open("PyPI", r#""versions":["1.0"]"#, "banana"), Reason::Version(_)));
    assert!(matches!(is_open("PyPI", r#""versions":[]"#, "1.0"), Reason::NoVersions));
}

#[test]
fn a_range_that_says_nothing_is_open_unless_another_decides() {
    let broken = [
        range("ECOSYSTEM", r#"{"fixed":"2.0"}"#),
        range("ECOSYSTEM", ""),
        range("ECOSYSTEM", r#"{"introduced":"0"},{}"#),
        range("WEATHER", r#"{"introduced":"0"}"#),
    ];
    for broken in broken {
        assert!(matches!(is_open("PyPI", &broken, "1.0"), Reason::BrokenRange(_)), "{broken}");
        affects("PyPI", &format!(r#"{broken},"versions":["1.0"]"#), &["1.0"], &[]);
    }
}

#[test]
fn models_are_affected_by_commit_only() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let listed = format!(r#""versions":["{commit}"]"#);
    let other = "f".repeat(40);
    affects("Hugging Face", &listed, &[commit, &commit.to_uppercase()], &[&other]);
    assert!(matches!(is_open("Hugging Face", &listed, "main"), Reason::NoCommit(_)));
    let range = range("ECOSYSTEM", r#"{"introduced":"0"}"#);
    assert!(matches!(is_open("Hugging Face", &range, &other), Reason::UnknownEcosystem(_)));
}

#[test]
fn a_release_that_is_not_named_leaves_it_open() {
    let fixed = range("ECOSYSTEM", r#"{"introduced":"0"},{"fixed":"2.0-1"}"#);
    assert_eq!(is_open("Debian:12", &fixed, "1.0-1"), Reason::Release("12".to_owned()));
    affects("Debian:12", &fixed, &[], &["2.0-1"]);
}

#[test]
fn a_claim_about_another_release_is_none_about_this() {
    let json = br#"{"id":"X","affected":[{"package":{"ecosystem":"Debian:12","name":"p"},"versions":["1.0-1"]}]}"#;
    let advisory = Advisory::parse(json).expect("is a record");
    let about = advisory.claims().next().expect("a package");
    for (asked, expected) in [("Debian:12", Assessment::Affected), ("Debian:11", Assessment::NotAffected)] {
        let ecosystem = Ecosystem::parse(asked);
        assert_eq!(assess(&about.claim, &ecosystem, &Candidate::new(&ecosystem, "1.0-1")), expected);
    }
}

#[test]
fn what_was_withdrawn_affects_nothing() {
    let json = br#"{"id":"X","withdrawn":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"p"},"versions":["1"]}]}"#;
    let advisory = Advisory::parse(json).expect("is a record");
    let about = advisory.claims().next().expect("a package");
    let ecosystem = Ecosystem::parse("PyPI");
    assert_eq!(assess(&about.claim, &ecosystem, &Candidate::new(&ecosystem, "1")), Assessment::NotAffected);
}

#[test]
fn a_record_that_cannot_be_read_is_kept_under_the_packages_it_names() {
    let json = br#"{"id":"X","affected":[{"package":{"ecosystem":"PyPI","name":"p"},"versions":"1"}]}"#;
    let unreadable = Advisory::parse(json).expect_err("has a list of the wrong type");
    assert_eq!(unreadable.packages, [("PyPI".to_owned(), "p".to_owned())]);
    let about = unreadable.claims().next().expect("a package");
    let ecosystem = about.ecosystem();
    let assessed = assess(&about.claim, &ecosystem, &Candidate::new(&ecosystem, "1"));
    assert!(matches!(assessed, Assessment::Undetermined(Reason::Unreadable(_))));
}

#[test]
fn bytes_that_are_no_record_say_why() {
    let cases: [&[u8]; 7] = [
        b"",
        b"{",
        b"[]",
        br#"{"affected":[]}"#,
        br#"{"id":""}"#,
        br#"{"id":"X","schema_version":"2.0.0"}"#,
        b"{\"id\":\"X\",\"details\":\"\xff\"}",
    ];
    for case in cases {
        assert!(!Advisory::parse(case).expect_err("is no record").reason.is_empty());
    }
    let known = Advisory::parse(br#"{"id":"X","aliases":null,"invented":[1],"affected":null}"#).expect("is one");
    assert_eq!(known.id(), "X");
}
