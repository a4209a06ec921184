//! What a person sees, as snapshots that are reviewed as prose.
//!
//! `INSTA_UPDATE=always cargo test --package headworks --test cli screens` writes them anew.

use crate::run::{Ended, World, example};
use crate::samples;

#[test]
fn the_help_of_the_program() {
    insta::assert_snapshot!(screen(["--help"]));
}

#[test]
fn the_help_of_check() {
    insta::assert_snapshot!(screen(["check", "--help"]));
}

#[test]
fn the_help_of_scan() {
    insta::assert_snapshot!(screen(["scan", "--help"]));
}

#[test]
fn an_artifact_that_is_admitted() {
    insta::assert_snapshot!(screen(["check", "--no-store", "bert-tiny"]));
}

#[test]
fn an_artifact_that_is_held() {
    insta::assert_snapshot!(screen(["check", "--no-store", "llama-unfetched"]));
}

#[test]
fn an_artifact_that_is_refused() {
    insta::assert_snapshot!(screen(["check", "--no-store", "assistant-fast"]));
}

#[test]
fn a_scan_of_three_artifacts_for_a_person_in_a_hurry() {
    insta::assert_snapshot!(screen(["scan", "--quiet", "assistant-fast", "bert-tiny", "llama-unfetched"]));
}

#[test]
fn a_scan_of_a_hostile_pickle() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    insta::assert_snapshot!(stable(&world.run(["scan", "model.pkl"])));
}

#[test]
fn a_path_that_does_not_exist() {
    insta::assert_snapshot!(screen(["scan", "no-such-model"]));
}

#[test]
fn the_page_of_a_rule() {
    insta::assert_snapshot!(screen(["explain", "dangerous-global"]));
}

/// What the program says when it runs beside the bundled examples.
fn screen<const N: usize>(arguments: [&str; N]) -> String {
    let world = World::new();
    stable(&Ended::of(world.command(arguments).current_dir(example("")).output().expect("starts")))
}

/// Both streams and the exit code, without what changes whenever a rule is added.
fn stable(ended: &Ended) -> String {
    let words = |line: &str| line.split_inclusive(' ').map(stable_word).collect::<String>();
    let out: String = ended.out.split_inclusive('\n').map(words).collect();
    let counted = out.split(", ").map(|part| without_count(part, " rules")).collect::<Vec<_>>().join(", ");
    format!("{counted}--- standard error\n{}--- exit code {}", ended.err, ended.code)
}

/// A shortened digest of rules, policy or artifact becomes one that never changes.
fn stable_word(word: &str) -> String {
    match word.split_once("sha256:") {
        Some((before, digest)) if digest.get(4..6) == Some("..") => {
            format!("{before}sha256:0123..cdef{}", digest.get(10..).unwrap_or_default())
        }
        _ => word.to_owned(),
    }
}

/// `65 rules` becomes `N rules`.
fn without_count(part: &str, unit: &str) -> String {
    match part.split_once(unit) {
        Some((count, rest)) if count.bytes().all(|byte| byte.is_ascii_digit()) => format!("N{unit}{rest}"),
        _ => part.to_owned(),
    }
}
