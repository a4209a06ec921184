//! Checkpoints that a command saves inside `headworks run`: recorded before it goes on, guarded when it reads one.
//!
//! The trainers are shell scripts, which know nothing of the recorder.

#![cfg(target_os = "linux")]

use serde_json::Value;

use crate::checkpoints::world;
use crate::run::{Ended, World};

/// Saves one checkpoint file by file.
const SAVE: &str = "save() { mkdir -p out/step-$1; for part in weights optimizer scheduler random cursor; do \
                    echo $part at $1 > out/step-$1/$part.bin; done; };";
/// Saves one checkpoint under another name and moves it into place.
const SAVE_WHOLE: &str = "save() { mkdir -p out/tmp; for part in weights optimizer scheduler random cursor; do \
                          echo $part at $1 > out/tmp/$part.bin; done; mv out/tmp out/step-$1; };";

fn command(world: &World, options: &[&str], script: &str) -> std::process::Command {
    let kept = ["run", "--kind", "train", "--private-key", "run.pem", "--checkpoints", "out", "--run", "bert-7"];
    let line = [&kept, options, &["--", "/bin/bash", "-ec", script]].concat();
    let mut command = world.command(line);
    command.env("PATH", "/usr/bin:/bin");
    command
}

fn train(world: &World, options: &[&str], script: &str) -> Ended {
    Ended::of(command(world, options, script).output().expect("starts"))
}

/// Kinds and steps of what is recorded.
fn events(world: &World) -> Vec<String> {
    let list = ["checkpoint", "list", "--run", "bert-7", "--public-key", "run-pub.pem"];
    let listed = world.run(list).ends_with(0).out;
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    listed.lines().map(words).map(|words| format!("{} {}", words[1], words[3])).collect()
}

/// Three checkpoints of a run.
fn trained(save: &str) -> World {
    let world = world();
    train(&world, &[], &format!("{save} save 10; save 20; save 30")).ends_with(0).warns("recorded `step-30`");
    world
}

#[test]
fn each_checkpoint_is_recorded_however_it_is_saved() {
    for save in [SAVE, SAVE_WHOLE] {
        let world = trained(save);
        assert_eq!(events(&world), ["start 0", "save 10", "save 20", "save 30"]);
        world.run(["log", "verify"]).ends_with(0);
        let newest = ["checkpoint", "verify", "out/step-30", "--run", "bert-7", "--public-key", "run-pub.pem"];
        world.run(newest).ends_with(0);
    }
}

#[test]
fn a_checkpoint_is_recorded_before_the_command_goes_on() {
    let world = world();
    let list = format!(
        "{} checkpoint list --run bert-7 --public-key run-pub.pem > seen || true",
        env!("CARGO_BIN_EXE_headworks")
    );
    train(&world, &[], &format!("{SAVE_WHOLE} save 10; {list}")).ends_with(0);
    let seen = std::fs::read_to_string(world.folder().join("seen")).expect("was written");
    assert!(seen.contains("save") && seen.contains("step        10"), "{seen}");
    train(&world, &["--resume-from", "out/step-10"], &format!("{SAVE} save 20; echo step-20 > out/latest; {list}"))
        .ends_with(0);
    let seen = std::fs::read_to_string(world.folder().join("seen")).expect("was written");
    assert!(seen.contains("step        20"), "{seen}");
}

#[test]
fn the_statement_names_the_head_of_the_chain() {
    let world = trained(SAVE);
    let bytes = std::fs::read(world.folder().join("headworks-run.intoto.json")).expect("was written");
    let envelope = headworks_attest::Envelope::from_json(&bytes).expect("an envelope");
    let key = headworks_attest::PublicKey::from_pem(&std::fs::read(world.folder().join("run-pub.pem")).expect("a key"));
    let statement = headworks_attest::Statement::verify(&envelope, &key.expect("a key")).expect("verifies");
    let byproducts = statement.predicate["runDetails"]["byproducts"].as_array().expect("an array").clone();
    let head = byproducts.into_iter().find(|each| each["annotations"]["role"] == "checkpointChain").expect("a head");
    assert_eq!(
        (&head["name"], &head["annotations"]["step"], &head["annotations"]["event"]),
        (&Value::from("bert-7"), &Value::from(30), &Value::from(3))
    );
    assert_eq!(head["digest"]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn a_command_that_is_killed_while_it_saves_leaves_the_checkpoint_before_as_the_newest() {
    for torn in ["mkdir -p out/step-30; echo weig > out/step-30/weights.bin; kill -9 $$", "save 30; exit 1"] {
        let world = world();
        train(&world, &[], &format!("{SAVE} save 10; save 20; {torn}")).ends_with(1).warns("it is not recorded");
        assert_eq!(events(&world), ["start 0", "save 10", "save 20"], "{torn}");
        train(&world, &["--resume-from", "out/step-30"], ": > ran").ends_with(1).warns("REFUSED");
        assert!(!world.folder().join("ran").exists());
        train(&world, &[], "cat out/step-30/weights.bin; : > ran").ends_with(1).warns("REFUSED");
        train(&world, &["--resume-from", "out/step-20"], "cat out/step-20/weights.bin; : > ran").ends_with(0);
    }
}

#[test]
fn a_checkpoint_that_is_still_open_for_writing_is_not_complete() {
    let world = world();
    let script = "mkdir -p out/step-10 out/step-20; exec 3> out/step-10/weights.bin; echo a >&3; \
                  echo b > out/step-20/weights.bin; echo c >&3; exec 3>&-; echo step-20 > out/latest";
    train(&world, &[], script).ends_with(0);
    assert_eq!(events(&world), ["start 0", "save 10", "save 20"]);
    std::fs::write(world.folder().join("out/step-20/weights.bin"), "b\n").expect("writes");
    train(&world, &["--resume-from", "out/step-20"], "true; : > ran").ends_with(0);
}

#[test]
fn the_newest_checkpoint_is_resumed_by_reading_it_and_the_run_goes_on() {
    for options in [&[][..], &["--resume-from", "out/step-30"]] {
        let world = trained(SAVE);
        let script =
            format!("{SAVE} cat out/step-30/*.bin out/step-30/weights.bin; save 40; cat out/step-40/weights.bin");
        train(&world, options, &script).ends_with(0);
        assert_eq!(events(&world)[4..], ["resume 30", "save 40"], "{options:?}");
    }
}

#[test]
fn a_strict_run_reads_the_checkpoint_that_it_was_told_to_resume() {
    let world = trained(SAVE);
    let script = format!("{SAVE} cat out/step-30/weights.bin; save 40");
    train(&world, &["--strict"], &script).ends_with(1).warns("refused: to read");
    train(&world, &["--strict", "--resume-from", "out/step-30"], &script).ends_with(0);
}

#[test]
fn an_altered_checkpoint_is_not_read() {
    for change in ["echo other > out/step-30/optimizer.bin", ": > out/step-30/hook.py", "rm out/step-30/cursor.bin"] {
        let world = trained(SAVE);
        let changed = std::process::Command::new("bash").args(["-c", change]).current_dir(world.folder()).status();
        assert!(changed.expect("starts").success());
        let read = train(&world, &[], "cat out/step-30/weights.bin > got; : > ran");
        let read = read.ends_with(1).warns("not the checkpoint that was recorded").warns("not the newest recorded");
        assert!(read.err.contains("Permission denied"), "{}", read.err);
        train(&world, &["--resume-from", "out/step-30"], ": > ran").ends_with(1).warns("nothing was run");
        assert_eq!((events(&world).len(), world.folder().join("ran").exists()), (4, false), "{change}");
    }
}

#[test]
fn an_older_checkpoint_is_not_read_under_whatever_name_until_the_rewind_is_recorded() {
    let world = trained(SAVE);
    let older = "is the checkpoint of step 10 (event 1), but the newest is that of step 30";
    let ways = [
        "cat out/step-10/weights.bin",
        "mv out/step-10 out/step-99; cat out/step-99/weights.bin",
        "mv out/step-99 out/step-10; ln -s step-10 out/step-50; cat out/step-50/weights.bin",
    ];
    for way in ways {
        train(&world, &[], way).ends_with(1).warns(older);
    }
    assert_eq!(events(&world).len(), 4);
    let rewind =
        ["checkpoint", "rewind", "--run", "bert-7", "--to", "1", "--reason", "spike", "--private-key", "run.pem"];
    world.run(rewind).ends_with(0);
    train(&world, &[], &format!("{SAVE} cat out/step-10/weights.bin; save 11")).ends_with(0);
    assert_eq!(events(&world)[4..], ["rewind 10", "resume 10", "save 11"]);
}

#[test]
fn a_run_that_goes_on_without_its_checkpoint_records_nothing() {
    let world = trained(SAVE);
    train(&world, &[], &format!("{SAVE} save 10; save 20")).ends_with(1).warns("resumed none of them").warns("hint:");
    assert_eq!(events(&world).len(), 4);
}

#[test]
fn a_checkpoint_of_one_file_is_known_by_the_name_that_it_is_moved_to() {
    let world = world();
    train(&world, &[], "echo weights > out/part; mv out/part out/step_10.pt; echo step_10.pt > out/latest")
        .ends_with(0);
    train(&world, &[], "cat out/latest out/step_10.pt; echo weights > out/step_20.pt").ends_with(0);
    assert_eq!(events(&world), ["start 0", "save 10", "resume 10", "save 20"]);
}

#[test]
fn checkpoints_are_kept_with_a_name_and_a_key() {
    let world = world();
    let line =
        |more: &[&'static str]| [&["run", "--kind", "train", "--checkpoints", "out"], more, &["--", "true"]].concat();
    world.run(line(&["--run", "bert-7"])).ends_with(2).warns("--private-key");
    world.run(line(&["--private-key", "run.pem"])).ends_with(2).warns("--run");
}
