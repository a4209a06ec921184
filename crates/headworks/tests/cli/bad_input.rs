//! Input that is broken, huge, cyclic or hostile: a clear answer, never an admission, never a panic.

use crate::run::World;
use crate::samples;

#[test]
fn a_file_that_is_missing_is_an_error_and_the_others_are_still_checked() {
    let world = World::new();
    world.write("bad.pkl", samples::hostile_pickle());
    let ended = world.run(["check", "--no-store", "missing.bin", "bad.pkl"]).ends_with(1).says("refuse  bad.pkl");
    assert!(ended.err.contains("cannot read `missing.bin`"), "{}", ended.err);
}

#[test]
fn an_empty_folder_is_an_error() {
    let world = World::new();
    std::fs::create_dir(world.folder().join("empty")).expect("creates");
    let ended = world.run(["check", "--no-store", "empty"]).ends_with(2);
    assert!(ended.err.contains("has no files in it"), "{}", ended.err);
}

#[test]
fn a_zero_length_file_is_understood_as_what_it_is() {
    let world = World::new();
    world.write("__init__.py", "");
    world.run(["check", "--no-store", "__init__.py"]).ends_with(0);
}

#[test]
fn a_truncated_pickle_keeps_the_call_before_the_end() {
    let world = World::new();
    let whole = samples::hostile_pickle();
    world.write("cut.pkl", &whole[..whole.len() - 1]);
    world.run(["check", "--no-store", "cut.pkl"]).ends_with(1).says("posix.system").says("not understood");
}

#[test]
fn a_gigantic_claim_costs_nothing_and_is_held() {
    let world = World::new();
    world.write("claim.safetensors", [&u64::MAX.to_le_bytes()[..], b"{}"].concat());
    world.write("claim.pkl", b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fa.");
    world.run(["check", "--no-store", "claim.safetensors"]).ends_with(4);
    world.run(["check", "--no-store", "claim.pkl"]).ends_with(4);
}

#[test]
fn bytes_of_no_known_format_are_held() {
    let world = World::new();
    world.write(
        "weights.bin",
        (0..4096u32).flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes()).collect::<Vec<_>>(),
    );
    world.run(["check", "--no-store", "weights.bin"]).ends_with(4).says("no known format claims these bytes");
}

#[test]
fn too_many_files_and_too_long_paths_are_held() {
    let world = World::new();
    for number in 0..30 {
        world.write(&format!("model/{number}.txt"), "text\n");
    }
    world.write("headworks.toml", "[limits]\nfiles_max = 20\n");
    world.run(["check", "--no-store", "model"]).ends_with(4).says("files_max");
    world.write("headworks.toml", "[limits]\npath_bytes_max = 3\n");
    world.run(["check", "--no-store", "model"]).ends_with(4).says("path_bytes_max");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_tree_are_refused_and_cycles_end() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    world.write("secret.txt", "outside\n");
    world.write("model/config.json", "{}");
    symlink("..", world.folder().join("model/loop")).expect("links");
    symlink(".", world.folder().join("model/self")).expect("links");
    let ended = world.run(["check", "--no-store", "model"]);
    assert_ne!(ended.code, 0, "{}", ended.out);
    std::fs::remove_file(world.folder().join("model/loop")).expect("removes");
    world.run(["check", "--no-store", "model"]).ends_with(0);
    symlink("../secret.txt", world.folder().join("model/weights.bin")).expect("links");
    world.run(["check", "--no-store", "model"]).ends_with(1).says("out-of-tree-link");
}

#[cfg(unix)]
#[test]
fn a_hub_cache_snapshot_is_read_through_its_own_links_only() {
    use std::os::unix::fs::symlink;
    let world = World::new();
    world.write("hub/models--acme--tiny/blobs/0f", samples::safetensors());
    let snapshot = world.folder().join("hub/models--acme--tiny/snapshots/9f3c2e1");
    std::fs::create_dir_all(&snapshot).expect("creates");
    symlink("../../blobs/0f", snapshot.join("model.safetensors")).expect("links");
    world.run(["check", "--no-store", "hub/models--acme--tiny/snapshots/9f3c2e1"]).ends_with(0).says("safetensors");
    symlink("/etc/hostname", snapshot.join("config.json")).expect("links");
    world.run(["check", "--no-store", "hub/models--acme--tiny/snapshots/9f3c2e1"]).ends_with(1);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_utf8_and_one_with_escapes_are_shown_harmlessly() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    let folder = world.folder().join("model");
    std::fs::create_dir(&folder).expect("creates");
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(b"w\xff.txt")), "text\n").expect("writes");
    std::fs::write(folder.join("a\x1b[2Kadmit\n.txt"), "text\n").expect("writes");
    let ended = world.run(["check", "--no-store", "-v", "model"]);
    assert!(!ended.out.contains('\x1b') && ended.out.contains("w\\xff.txt"), "{}", ended.out);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_tree_blocks_nothing_and_is_held() {
    let world = World::new();
    world.write("model/config.json", "{}");
    let made = std::process::Command::new("mkfifo").arg(world.folder().join("model/pipe")).status();
    assert!(made.expect("mkfifo is part of every Unix").success());
    let ended = world.run(["check", "--no-store", "model"]).says("named pipe");
    assert_eq!(ended.code, 4);
}
