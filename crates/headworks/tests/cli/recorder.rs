//! `headworks run`: what a command did is what its statement says, and a strict run is refused the rest.
//!
//! Each claim is about a small shell script, which knows nothing of the recorder.

#![cfg(target_os = "linux")]

use std::process::Child;

use headworks_attest::{Envelope, Scheme, SigningKey, Statement};
use headworks_types::Digest;
use serde_json::Value;

use crate::run::{Ended, World};

const STATEMENT: &str = "headworks-run.intoto.json";

fn record(world: &World, options: &[&str], script: &str) -> Ended {
    Ended::of(command(world, options, script).output().expect("starts"))
}

fn command(world: &World, options: &[&str], script: &str) -> std::process::Command {
    let line = [&["run", "--kind", "train"], options, &["--", "/bin/bash", "-c", script]].concat();
    let mut command = world.command(line);
    command.env("PATH", "/usr/bin:/bin");
    command
}

fn statement(world: &World) -> Value {
    let bytes = std::fs::read(world.folder().join(STATEMENT)).expect("a statement was written");
    serde_json::from_slice(&bytes).expect("is JSON")
}

/// Names and digests of the files that were written.
fn subjects(world: &World) -> Vec<(String, String)> {
    let statement = statement(world);
    let subjects = statement["subject"].as_array().expect("an array").iter();
    subjects.map(|s| (text(&s["name"]), text(&s["digest"]["sha256"]))).collect()
}

fn names(world: &World) -> Vec<String> {
    subjects(world).into_iter().map(|(name, _)| name).collect()
}

/// The dependency of this name.
fn read(world: &World, name: &str) -> Option<Value> {
    let statement = statement(world);
    let all = statement["predicate"]["buildDefinition"]["resolvedDependencies"].as_array().expect("an array").clone();
    all.into_iter().find(|dependency| dependency["name"] == name)
}

fn internal(world: &World) -> Value {
    statement(world)["predicate"]["buildDefinition"]["internalParameters"].clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn hex(bytes: &str) -> String {
    Digest::of(bytes.as_bytes()).hex()
}

#[track_caller]
fn is_unchanged(world: &World, name: &str, bytes: &str) {
    let file = read(world, name).expect("it was read");
    assert_eq!(
        (text(&file["digest"]["sha256"]), text(&file["annotations"]["state"])),
        (hex(bytes), "unchanged".into())
    );
}

#[track_caller]
fn is_unchanged_or_hashed(world: &World, name: &str, bytes: &str) {
    let file = read(world, name).expect("it was read");
    assert_eq!(text(&file["digest"]["sha256"]), hex(bytes));
}

#[test]
fn files_read_and_written_are_named_with_their_digests() {
    let world = World::new();
    world.write("in.txt", "rows");
    world.write("aside.txt", "not read");
    record(&world, &[], "cat in.txt > out.txt; test -e aside.txt; cat absent.txt; ls > /dev/null; true").ends_with(0);
    is_unchanged(&world, "in.txt", "rows");
    assert_eq!(subjects(&world), [("out.txt".to_owned(), hex("rows"))]);
    assert_eq!((read(&world, "aside.txt"), read(&world, "absent.txt")), (None, None));
    let internal = internal(&world);
    assert_eq!((&internal["observation"], &internal["complete"]), (&"seccomp-user-notification".into(), &true.into()));
    assert_eq!(read(&world, "/usr/bin/cat").expect("was executed")["annotations"]["role"], "interpreter");
}

#[test]
fn what_children_of_children_do_is_seen() {
    let world = World::new();
    world.write("deep.txt", "rows");
    world.write("sub/near.txt", "near");
    record(&world, &[], "(cd sub; bash -c 'cat near.txt ../deep.txt > ../out.txt' & wait)").ends_with(0);
    is_unchanged(&world, "deep.txt", "rows");
    is_unchanged(&world, "sub/near.txt", "near");
    assert_eq!(names(&world), ["out.txt"]);
}

#[test]
fn a_file_that_is_moved_into_place_is_a_subject_by_its_last_name() {
    let world = World::new();
    record(&world, &[], "echo a > t; mv t model.bin; mkdir d; echo b > d/x; mv d e; echo c > h; ln h i; rm h")
        .ends_with(0);
    assert_eq!(names(&world), ["e/x", "i", "model.bin"]);
    assert_eq!(internal(&world)["removedOutputs"], serde_json::json!(["d/x", "h", "t"]));
}

#[test]
fn a_file_without_a_name_is_a_subject_once_it_has_one() {
    let world = World::new();
    let script = "import os\nfile = os.open('.', os.O_TMPFILE | os.O_WRONLY)\nos.write(file, b'rows')\n\
        folder = os.open('/proc/self/fd', os.O_RDONLY)\nos.link(str(file), 'named', src_dir_fd=folder, follow_symlinks=True)\n";
    world.write("name.py", script);
    let mut run = command(&world, &[], "python3 name.py");
    run.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    Ended::of(run.output().expect("starts")).ends_with(0);
    assert!(subjects(&world).contains(&("named".to_owned(), hex("rows"))));
}

#[test]
fn an_input_that_gets_a_second_name_is_still_known() {
    let world = World::new();
    world.write("in.txt", "rows");
    record(&world, &[], "cat in.txt; ln in.txt out.txt").ends_with(0);
    is_unchanged_or_hashed(&world, "in.txt", "rows");
    assert_eq!(subjects(&world), [("out.txt".to_owned(), hex("rows"))]);
}

#[test]
fn a_name_that_is_no_text_is_stated_escaped() {
    let world = World::new();
    record(&world, &[], "echo a > $'out-\\xff'; cat $'out-\\xff' > copy").ends_with(0);
    assert_eq!(names(&world), ["copy", "out-\\xff"]);
    let strict = record(&world, &["--strict"], "cat $'out-\\xff'; : > copy");
    strict.ends_with(1);
    assert!(text(&internal(&world)["refused"][0]["path"]).ends_with("out-\\xff"));
}

#[test]
fn where_calls_cannot_be_watched_that_is_stated_and_a_strict_run_is_refused() {
    let world = World::new();
    // One process has one such watcher, so a recorder inside of a recorder has none.
    let inner = |options: &str| {
        format!("{} run --kind train --output inner.json {options} -- touch out", env!("CARGO_BIN_EXE_headworks"))
    };
    record(&world, &[], &inner("")).ends_with(0).warns("ran unwatched");
    let bytes = std::fs::read(world.folder().join("inner.json")).expect("was written");
    let stated: Value = serde_json::from_slice(&bytes).expect("is JSON");
    let parameters = &stated["predicate"]["buildDefinition"]["internalParameters"];
    assert_eq!((&parameters["observation"], &parameters["complete"]), (&"none".into(), &false.into()));
    assert!(!text(&parameters["observationReason"]).is_empty());
    std::fs::remove_file(world.folder().join("out")).expect("the command ran");
    record(&world, &[], &inner("--strict")).ends_with(1).warns("cannot be watched");
    assert!(!world.folder().join("out").exists());
}

#[test]
fn a_working_tree_is_known_to_a_strict_run_and_its_dirt_is_stated() {
    let world = World::new();
    world.write("train.sh", "cat rows.csv > out\n");
    world.write("rows.csv", "1,2\n");
    world.write(".gitignore", "*.json\nout\n");
    let commit = "git init -q && git add . && git -c user.name=a -c user.email=a@example.invalid commit -qm x";
    let made = std::process::Command::new("bash").args(["-c", commit]).current_dir(world.folder()).status();
    assert!(made.expect("starts").success());
    record(&world, &["--strict"], ". ./train.sh").ends_with(0);
    assert_eq!(internal(&world)["source"]["dirty"], false);
    world.write("rows.csv", "3,4\n");
    record(&world, &["--strict"], ". ./train.sh").ends_with(0);
    let source = internal(&world)["source"].clone();
    assert_eq!((&source["dirty"], text(&source["differenceSha256"]).len()), (&true.into(), 64));
}

#[test]
fn a_temporary_file_is_neither_subject_nor_dependency() {
    let world = World::new();
    record(&world, &[], "echo a > t; cat t > kept; rm t").ends_with(0);
    assert_eq!(names(&world), ["kept"]);
    assert_eq!(read(&world, "t"), None);
}

#[test]
fn an_input_that_the_run_overwrites_keeps_the_digest_it_was_read_with() {
    for change in
        ["echo new > in.txt", "echo new > t; mv t in.txt", "rm in.txt; echo new > in.txt", "truncate -s 0 in.txt"]
    {
        let world = World::new();
        world.write("in.txt", "old");
        record(&world, &[], &format!("cat in.txt; {change}")).ends_with(0);
        let input = read(&world, "in.txt").expect("was read");
        assert_eq!(
            (text(&input["digest"]["sha256"]), text(&input["annotations"]["state"])),
            (hex("old"), "changedByTheRun".into()),
            "{change}"
        );
        assert_eq!(names(&world), ["in.txt"], "{change}");
    }
}

#[test]
fn an_input_that_another_changes_meanwhile_has_no_digest() {
    let world = World::new();
    world.write("in.txt", "old");
    let script = "cat in.txt; : > ready; until test -e go; do sleep 0.01; done; : > out";
    let running = command(&world, &[], script).spawn().expect("starts");
    wait_for(&world, "ready");
    world.write("in.txt", "other bytes");
    world.write("go", "");
    ended(running).ends_with(0).warns("is not known");
    let input = read(&world, "in.txt").expect("was read");
    assert_eq!((&input["digest"], &input["annotations"]["state"]), (&Value::Null, &"changed".into()));
    assert_eq!(internal(&world)["uncertainReads"], serde_json::json!(["in.txt"]));
}

#[test]
fn many_inputs_are_hashed_ahead_and_what_changes_after_that_is_seen() {
    let world = World::new();
    let name = |index: usize| format!("data/{index}.txt");
    // More than enough to wake who hashes ahead, and the pause lets it finish.
    (0..200).for_each(|index| drop(world.write(&name(index), format!("row {index}"))));
    let script = "for i in {0..199}; do read -r row < data/$i.txt; done; sleep 0.2; : > ready;\
        until test -e go; do sleep 0.01; done; echo more >> data/1.txt; mv data/2.txt data/3.txt";
    let running = command(&world, &[], script).spawn().expect("starts");
    wait_for(&world, "ready");
    world.write(&name(0), "other bytes");
    world.write("go", "");
    ended(running).ends_with(0).warns("is not known");
    let state = |index: usize| {
        let file = read(&world, &name(index)).expect("was read");
        (text(&file["digest"]["sha256"]), text(&file["annotations"]["state"]))
    };
    assert_eq!(state(0), (String::new(), "changed".into()));
    (1..4).for_each(|index| assert_eq!(state(index), (hex(&format!("row {index}")), "changedByTheRun".into())));
    (4..200).for_each(|index| is_unchanged(&world, &name(index), &format!("row {index}")));
    assert_eq!(names(&world), ["data/1.txt", "data/3.txt", "ready"]);
}

#[test]
fn a_file_is_named_whichever_way_it_is_reached() {
    let world = World::new();
    world.write("data/in.txt", "rows");
    std::os::unix::fs::symlink("data", world.folder().join("link")).expect("links");
    for way in ["cat link/in.txt", "cat link/../data/in.txt", "cat ./data//in.txt", "cd data; cat in.txt"] {
        record(&world, &[], way).ends_with(0);
        is_unchanged(&world, "data/in.txt", "rows");
    }
    record(&world, &[], "exec 3< data/in.txt; cat /dev/fd/3 /proc/self/root$PWD/data/in.txt").ends_with(0);
    is_unchanged(&world, "data/in.txt", "rows");
}

#[test]
fn standard_input_is_an_input() {
    let world = World::new();
    let file = std::fs::File::open(world.write("in.txt", "rows")).expect("opens");
    Ended::of(command(&world, &[], "cat > out.txt").stdin(file).output().expect("starts")).ends_with(0);
    is_unchanged(&world, "in.txt", "rows");
    let file = std::fs::File::open(world.folder().join("in.txt")).expect("opens");
    let strict = command(&world, &["--strict"], "cat").stdin(file).output().expect("starts");
    Ended::of(strict).ends_with(2).warns("standard input");
}

#[test]
fn a_command_that_fails_is_stated_and_fails_the_run() {
    let world = World::new();
    record(&world, &[], "echo a > out; exit 3").ends_with(1).warns("exit code 3");
    assert_eq!(internal(&world)["exitCode"], 3);
    record(&world, &[], "kill -9 $$").ends_with(1).warns("signal 9");
    assert_eq!(internal(&world)["signal"], 9);
}

#[test]
fn a_command_that_cannot_start_leaves_no_statement() {
    let world = World::new();
    let line = |program| ["run", "--kind", "train", "--", program];
    world.run(line("no-such-program")).ends_with(2).warns("hint:");
    world.write("not-executable", "x");
    world.run(line("./not-executable")).ends_with(2).warns("Permission denied");
    assert!(!world.folder().join(STATEMENT).exists());
}

#[test]
fn an_endpoint_is_named_and_a_strict_run_does_not_reach_it() {
    let world = World::new();
    let script = ": > out; : > /dev/tcp/127.0.0.1/9";
    record(&world, &[], script).ends_with(1);
    let wanted = serde_json::json!([{ "action": "connect", "endpoint": "127.0.0.1:9" }]);
    assert_eq!(internal(&world)["network"], wanted);
    record(&world, &["--strict"], &format!("{script}; true")).ends_with(1).warns("refused: network");
    assert_eq!(internal(&world)["refused"][0]["kind"], "network");
    record(&world, &["--strict"], ": > out").ends_with(0);
}

#[test]
fn a_strict_run_reads_declared_inputs_and_what_it_made() {
    let world = World::new();
    world.write("in.txt", "rows");
    world.write("secret.txt", "secret");
    let manifest = world.write("run.toml", "[[inputs]]\npath = 'in.txt'\nlicence = 'MIT'\n");
    let options = ["--strict", "--manifest", manifest.to_str().expect("is text")];
    record(&world, &options, "cat in.txt > t; mv t out; cat out > /dev/null").ends_with(0);
    assert_eq!(read(&world, "in.txt").expect("was read")["annotations"]["licence"], "MIT");
    std::os::unix::fs::symlink("secret.txt", world.folder().join("alias")).expect("links");
    let ways = [
        "cat secret.txt > out",
        "cat alias > out",
        "ln secret.txt mine; cat mine > out",
        "mv secret.txt mine; cat mine > out",
        "echo a > mine; rm mine; ln -s secret.txt mine; cat mine > out",
        "exec 3<> secret.txt; cat <&3 > out",
    ];
    for way in ways {
        let _ = std::fs::remove_file(world.folder().join("mine"));
        record(&world, &options, &format!("{way}; true")).ends_with(1).warns("refused: to read");
        assert!(read(&world, "secret.txt").is_none(), "{way}");
        let out = std::fs::read_to_string(world.folder().join("out")).unwrap_or_default();
        assert!(!out.contains("secret"), "{way}");
    }
}

#[test]
fn a_strict_run_starts_known_programs_only() {
    let world = World::new();
    world.write("tool", "#!/bin/sh\n:\n");
    record(&world, &[], "chmod +x tool; ./tool; : > out").ends_with(0);
    record(&world, &["--strict"], "./tool; : > out").ends_with(1).warns("refused: to execute");
    record(&world, &["--strict"], "cp /usr/bin/true own; ./own; : > out").ends_with(0);
}

#[test]
fn a_declared_digest_must_be_the_one_that_is_read() {
    let world = World::new();
    world.write("in.txt", "rows");
    let run = |digest: Digest, script: &str| {
        let manifest = world.write("run.toml", format!("[[inputs]]\npath = 'in.txt'\ndigest = '{digest}'\n"));
        record(&world, &["--manifest", manifest.to_str().expect("is text")], script)
    };
    run(Digest::of(b"rows"), "cat in.txt > out").ends_with(0);
    run(Digest::of(b"others"), "cat in.txt > out").ends_with(1).warns("is declared as");
    assert_eq!(internal(&world)["unverifiedInputs"][0]["problem"], "digest");
    run(Digest::of(b"rows"), ": > out").ends_with(1).warns("not read");
}

#[test]
fn a_manifest_with_an_unknown_key_is_refused_before_the_run() {
    let world = World::new();
    let manifest = world.write("run.toml", "[hyperparameters]\nlr = 0.1\n[seed]\nnumpy = 1\n");
    let options = ["--manifest", manifest.to_str().expect("is text")];
    record(&world, &options, ": > out").ends_with(2).warns("unknown field `seed`").warns("hint:");
    assert!(!world.folder().join("out").exists());
    world.write("run.toml", "[hyperparameters]\nlr = 0.1\n[seeds]\nnumpy = 1\n");
    record(&world, &options, ": > out").ends_with(0);
    let parameters = statement(&world)["predicate"]["buildDefinition"]["externalParameters"].clone();
    assert_eq!((&parameters["hyperparameters"]["lr"], &parameters["seeds"]["numpy"]), (&0.1.into(), &1.into()));
}

#[test]
fn a_signed_statement_verifies_and_one_about_nothing_is_not_signed() {
    let world = World::new();
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    let path = world.write("run.pem", key.to_pem().expect("is written"));
    let options = ["--private-key", path.to_str().expect("is text")];
    record(&world, &options, "echo a > out").ends_with(0).warns("(signed)");
    let bytes = std::fs::read(world.folder().join(STATEMENT)).expect("is there");
    let envelope = Envelope::from_json(&bytes).expect("an envelope");
    let statement = Statement::verify(&envelope, &key.public().expect("a key")).expect("verifies");
    assert!(statement.is_about(&hex("a\n")) && statement.predicate_type == "https://slsa.dev/provenance/v1");
    record(&world, &options, "true").ends_with(2).warns("nothing to sign");
    record(&world, &[], "echo a > out").ends_with(0).warns("UNSIGNED");
}

#[test]
fn ways_around_the_recorder_are_closed() {
    let world = World::new();
    record(&world, &[], "unshare --mount true; chroot / true; : > out").ends_with(0).warns("leave the recorder's view");
    let refused: Vec<String> =
        internal(&world)["refused"].as_array().expect("an array").iter().map(|r| text(&r["call"])).collect();
    assert!(refused.contains(&"a new namespace".to_owned()), "{refused:?}");
}

#[test]
fn secrets_of_the_environment_are_not_stated() {
    let world = World::new();
    let mut run = command(&world, &[], ": > out");
    run.env("API_TOKEN", "hunter2").env("PYTHONHASHSEED", "0");
    Ended::of(run.output().expect("starts")).ends_with(0);
    let environment = internal(&world)["environment"].clone();
    assert!(environment["names"].as_array().expect("an array").contains(&"API_TOKEN".into()));
    assert_eq!(environment["values"]["PYTHONHASHSEED"], "0");
    assert!(!statement(&world).to_string().contains("hunter2"));
}

#[test]
fn an_interrupt_is_passed_on_and_the_statement_is_still_written() {
    let world = World::new();
    let script = "trap ': > got; exit 7' INT; : > ready; while :; do sleep 0.02; done";
    let running = command(&world, &[], script).spawn().expect("starts");
    wait_for(&world, "ready");
    let pid = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("starts").success());
    ended(running).ends_with(1).warns("exit code 7");
    assert_eq!(names(&world), ["got", "ready"]);
}

#[test]
fn what_outlives_the_command_is_ended_and_counted() {
    let world = World::new();
    record(&world, &[], ": > out; setsid sleep 600 > /dev/null 2>&1 & disown").ends_with(0).warns("outlived");
    assert_eq!(internal(&world)["survivors"], 1);
}

fn wait_for(world: &World, name: &str) {
    let path = world.folder().join(name);
    for _ in 0..3000 {
        if path.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(path.exists(), "`{name}` was never written");
}

fn ended(child: Child) -> Ended {
    Ended::of(child.wait_with_output().expect("ends"))
}
