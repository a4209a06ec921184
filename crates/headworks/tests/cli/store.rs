//! Records: kept whole, found again, reused.

use std::time::Duration;

use crate::run::World;
use crate::samples;

#[test]
fn unchanged_bytes_under_unchanged_policy_reuse_the_record_and_say_so() {
    let world = World::new();
    world.write("model.pkl", samples::plain_pickle());
    world.run(["check", "model.pkl"]).ends_with(0).says("Recorded as 1");
    world.run(["check", "model.pkl"]).ends_with(0).says("Unchanged since record 1");
    world.run(["check", "--tier", "observe", "model.pkl"]).ends_with(0).says("Recorded as 2");
    world.write("model.pkl", samples::hostile_pickle());
    world.run(["check", "model.pkl"]).ends_with(1).says("Recorded as 3");
}

#[test]
fn show_prints_the_dossier_by_the_digest_of_record_artifact_or_file() {
    let world = World::new();
    world.write("model.pkl", samples::hostile_pickle());
    let report = world.run(["check", "--format", "json", "model.pkl"]).ends_with(1).json();
    let result = &report["results"][0];
    for digest in
        [&result["record"]["digest"], &result["artifact"]["digest"], &result["artifact"]["files"][0]["digest"]]
    {
        let digest = digest.as_str().expect("a digest");
        world.run(["show", digest]).ends_with(0).says("posix.system").says("rests on");
        world.run(["show", &digest[7..17]]).ends_with(0);
    }
    world.run(["show", "0000000000"]).ends_with(3);
    world.run(["show", "not-a-digest"]).ends_with(2);
}

#[test]
fn an_altered_record_is_noticed() {
    let world = World::new();
    world.write("model.pkl", samples::plain_pickle());
    let report = world.run(["check", "--store", "store", "--format", "json", "model.pkl"]).json();
    let digest = report["results"][0]["record"]["digest"].as_str().expect("a digest").to_owned();
    let hex = &digest[7..];
    let path = world.folder().join("store/content").join(&hex[..2]).join(&hex[2..]);
    let forged = std::fs::read_to_string(&path).expect("is there").replace("admit", "Admit");
    std::fs::write(&path, forged).expect("writes");
    let ended = world.run(["show", "--store", "store", &digest]).ends_with(2);
    assert!(ended.err.contains("was altered"), "{}", ended.err);
}

#[test]
fn a_killed_check_leaves_whole_records_or_none() {
    let world = World::new();
    for number in 0..40 {
        world.write(&format!("model/part-{number:02}.pkl"), samples::plain_pickle().repeat(50 + number));
    }
    for delay_ms in [0, 5, 10, 20, 30, 45, 60, 90, 130, 200] {
        let mut child = world.spawn(["check", "model"]);
        std::thread::sleep(Duration::from_millis(delay_ms));
        child.kill().expect("is killed");
        child.wait().expect("ends");
    }
    world.run(["check", "model"]).says("admit  model");
    let listed = world.run(["show"]).ends_with(0);
    for line in listed.out.lines() {
        let digest = line.split_whitespace().find_map(|word| word.strip_prefix("sha256:")).expect("a digest");
        world.run(["show", digest.split('.').next().expect("its start")]).ends_with(0).says("rests on");
    }
}
