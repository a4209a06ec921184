//! Model signatures: what one signs another verifies, and nothing else is accepted.

use std::fs;
use std::path::{Path, PathBuf};

use headworks_attest::{Scheme, SigningKey};

use crate::run::{Ended, World};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/model_signing")
}

/// A world with a model of two files and a key pair beside it.
fn world() -> World {
    let world = World::new();
    world.write("model/weights.bin", "weights");
    world.write("model/sub/config.json", "{}");
    let key = SigningKey::generate(Scheme::EcdsaP256).expect("a key");
    world.write("key.pem", key.to_pem().expect("writes"));
    world.write("pub.pem", key.public().expect("a public key").to_pem());
    world
}

fn sign(world: &World, more: &[&str]) -> Ended {
    world.run([&["sign", "key", "model", "--private-key", "key.pem"], more].concat())
}

fn verify(world: &World, more: &[&str]) -> Ended {
    world.run([&["verify", "key", "model", "--public-key", "pub.pem"], more].concat())
}

#[test]
fn a_signed_model_verifies_until_a_byte_a_file_or_a_name_changes() {
    let world = world();
    sign(&world, &[]).ends_with(0).says("Signed 2 files");
    verify(&world, &[]).ends_with(0).says("verified").says("covers 2 files, 9 bytes");
    world.write("model/weights.bin", "weighty");
    verify(&world, &[]).ends_with(1).says("NOT VERIFIED").says("`weights.bin` was altered");
    world.write("model/weights.bin", "weights");
    let extra = world.write("model/extra.py", "");
    verify(&world, &[]).ends_with(1).says("`extra.py` is not signed");
    verify(&world, &["--ignore-unsigned-files"]).ends_with(0).says("extra.py  (not signed)");
    fs::rename(extra, world.folder().join("model/extra")).expect("renames");
    fs::remove_file(world.folder().join("model/extra")).expect("removes");
    verify(&world, &[]).ends_with(0);
    fs::rename(world.folder().join("model/sub"), world.folder().join("model/Sub")).expect("renames");
    verify(&world, &[]).ends_with(1).says("`sub/config.json` is signed and missing");
}

#[test]
fn a_signature_of_another_model_or_by_another_key_is_refused() {
    let (world, other) = (world(), self::world());
    sign(&world, &[]).ends_with(0);
    world.write("pub.pem", fs::read(other.folder().join("pub.pem")).expect("reads"));
    verify(&world, &[]).ends_with(1).says("fingerprint");
    world.write("other/weights.bin", "other");
    sign(&other, &[]).ends_with(0);
    fs::copy(other.folder().join("model.sig"), world.folder().join("model.sig")).expect("copies");
    let swapped = ["verify", "key", "other", "--public-key", "pub.pem"];
    world.run(swapped).ends_with(1).says("is signed and missing");
}

#[test]
fn a_signature_inside_the_model_and_what_was_left_out_are_not_covered_and_listed() {
    let world = world();
    world.write("model/notes.txt", "draft");
    world.write("model/.gitattributes", "");
    let inside = ["--signature", "model/model.sig"];
    sign(&world, &[&inside[..], &["--ignore-paths", "model/notes.txt"]].concat()).ends_with(0).says("Signed 2 files");
    let answer = verify(&world, &[&inside[..], &["--format", "json"]].concat()).ends_with(0).json();
    let uncovered: Vec<_> = answer["uncovered"].as_array().expect("a list").iter().map(|each| &each["path"]).collect();
    assert_eq!(uncovered, [".gitattributes", "model.sig", "notes.txt"]);
    assert_eq!(answer["schema"], "headworks/verification/v1");
}

#[test]
fn only_what_was_verified_is_copied_for_use() {
    let world = world();
    world.write("model/notes.txt", "draft");
    sign(&world, &["--ignore-paths", "model/notes.txt"]).ends_with(0);
    verify(&world, &["--copy-to", "served"]).ends_with(0);
    assert_eq!(fs::read(world.folder().join("served/weights.bin")).expect("is there"), b"weights");
    assert!(!world.folder().join("served/notes.txt").exists(), "it is not signed");
    verify(&world, &["--copy-to", "served"]).ends_with(2).warns("cannot copy to `served`");
    world.write("model/weights.bin", "weighty");
    verify(&world, &["--copy-to", "other"]).ends_with(1);
    assert_eq!(fs::read_dir(world.folder().join("other")).expect("is there").count(), 0);
}

#[test]
fn what_cannot_be_signed_says_why_and_leaves_no_signature() {
    let world = world();
    world.run(["sign", "key", "absent", "--private-key", "key.pem"]).ends_with(2);
    world.run(["sign", "key", "model", "--private-key", "pub.pem"]).ends_with(2).warns("cannot use the private key");
    sign(&world, &["--ignore-paths", "model/*.bin"]).ends_with(2).warns("hint: name a directory");
    sign(&world, &["--ignore-paths", "model/weights.bin", "--ignore-paths", "model/sub"])
        .ends_with(2)
        .warns("it has no file to sign");
    world.write("model/Weights.bin", "twin");
    sign(&world, &[]).ends_with(2).warns("are one file on some systems");
    assert!(!world.folder().join("model.sig").exists());
}

#[cfg(unix)]
#[test]
fn a_link_is_signed_only_on_request_and_only_within_the_model() {
    let world = world();
    std::os::unix::fs::symlink("weights.bin", world.folder().join("model/alias")).expect("links");
    sign(&world, &[]).ends_with(2).warns("`alias` is a symbolic link");
    sign(&world, &["--allow-symlinks"]).ends_with(0).says("Signed 3 files");
    verify(&world, &[]).ends_with(0);
    fs::remove_file(world.folder().join("model/alias")).expect("removes");
    std::os::unix::fs::symlink("/etc/hostname", world.folder().join("model/alias")).expect("links");
    verify(&world, &[]).ends_with(1).says("`alias`");
    sign(&world, &["--allow-symlinks"]).ends_with(2);
}

#[test]
fn an_encrypted_key_needs_its_password() {
    let world = world();
    // Made with `openssl pkcs8 -topk8 -v2 aes-256-cbc`, for this test alone.
    world.write("key.pem", fs::read(vectors().join("keys/encrypted-key.pem")).expect("reads"));
    sign(&world, &[]).ends_with(2).warns("no password was given");
    sign(&world, &["--password", "wrong"]).ends_with(2).warns("does not open it");
    sign(&world, &["--password", "headworks"]).ends_with(0);
}

/// What each release of the reference signed; the layouts before v1.1 are read on request only.
#[test]
fn historical_signatures_of_the_reference_verify() {
    let mut verified = 0;
    let mut folders: Vec<_> = fs::read_dir(vectors().join("historical")).expect("vectors").flatten().collect();
    folders.sort_by_key(fs::DirEntry::file_name);
    for folder in folders {
        let name = folder.file_name().into_string().expect("a name");
        let (version, method) = name.split_once('-').expect("version and method");
        if method == "sigstore" {
            keyless(&folder.path());
        } else {
            historical(&folder.path(), version, method);
        }
        verified += 1;
    }
    assert_eq!(verified, 13);
}

/// The keyless ones need the identity and who vouches for it; anybody else's word is refused.
fn keyless(folder: &Path) {
    let (signer, issuer) = ("stefanb@us.ibm.com", "https://sigstore.verify.ibm.com/oauth2");
    let world = World::new();
    for file in fs::read_dir(folder).expect("reads").flatten().filter(|file| file.file_name() != "model.sig") {
        let name = file.file_name().into_string().expect("a name");
        world.write(&format!("model/{name}"), fs::read(file.path()).expect("reads"));
    }
    let verify = |identity: &str, issuer: &str| {
        let words = ["verify", "sigstore", "model", "--identity", identity, "--identity-provider", issuer];
        let signature = folder.join("model.sig");
        let ended = world.command(words).arg("--ignore-unsigned-files").arg("--signature").arg(signature).output();
        Ended::of(ended.expect("starts"))
    };
    verify(signer, issuer).ends_with(0).says("verified").says(signer);
    verify("mallory@us.ibm.com", issuer).ends_with(1).says("NOT VERIFIED");
    verify(signer, "https://accounts.invalid").ends_with(1);
    world.write("model/signme-1", "altered");
    verify(signer, issuer).ends_with(1).says("was altered");
}

fn historical(folder: &Path, version: &str, method: &str) {
    let world = World::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("reads").flatten().map(|file| file.path()).collect();
    files.retain(|file| !file.ends_with("model.sig"));
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        world.write(&format!("model/{name}"), fs::read(file).expect("reads"));
    }
    let model = match files.as_slice() {
        [only] => format!("model/{}", only.file_name().and_then(|name| name.to_str()).expect("a name")),
        _ => "model".to_owned(),
    };
    let (signature, keys) = (folder.join("model.sig"), vectors().join("keys"));
    let (method, flag, key) = match method {
        "certificate" => ("certificate", "--certificate-chain", keys.join("ca-cert.pem")),
        _ => ("key", "--public-key", keys.join("signing-key-pub.pem")),
    };
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let mut arguments = vec!["verify", method, &model, flag].into_iter().map(str::to_owned).collect::<Vec<_>>();
    arguments.extend([path(&key), "--signature".to_owned(), path(&signature)]);
    // Version 1.0.1 left a file out and did not record it.
    if version == "v1.0.1" {
        arguments.extend(["--ignore-paths".to_owned(), "ignore-me".to_owned()]);
    }
    let legacy = version == "v0.2.0" || (method == "key" && version != "v1.1.0");
    if legacy {
        world.run(&arguments).ends_with(1).says("--allow-legacy-unsafe");
        arguments.push("--allow-legacy-unsafe".to_owned());
    }
    world.run(&arguments).ends_with(0).says("verified");
    fs::write(world.folder().join(&model).join("signme-1"), "altered")
        .or_else(|_| fs::write(world.folder().join(&model), "altered"))
        .expect("alters");
    world.run(&arguments).ends_with(1).says("was altered");
}

/// The vectors of the specification; it gives no model to them, so valid ones fail by the files alone.
#[test]
fn vectors_of_the_specification_are_told_apart() {
    let world = World::new();
    world.write("model/other", "other");
    let keys = vectors().join("keys");
    let verify = |vector: &Path| {
        let method = if vector.ends_with("certificate.bundle.json") { "certificate" } else { "key" };
        let (flag, key) = match method {
            "certificate" => ("--certificate-chain", keys.join("ca-cert.pem")),
            _ => ("--public-key", keys.join("signing-key-pub.pem")),
        };
        let command = world.command(["verify", method, "model", flag]).arg(key).arg("--signature").arg(vector).output();
        Ended::of(command.expect("starts")).ends_with(1).out
    };
    for name in ["key", "certificate"] {
        let out = verify(&vectors().join(format!("specification/valid/{name}.bundle.json")));
        assert!(out.contains("`signme-1` is signed and missing") && out.contains("signed by the key"), "{out}");
    }
    for (name, reason) in [
        ("invalid/empty", "EOF while parsing"),
        ("invalid/missing-envelope", "no DSSE envelope"),
        ("invalid/missing-tlog-entries", "made by the method `sigstore`"),
        ("invalid/missing-verification-material", "verificationMaterial"),
        ("invalid-payload/wrong-predicate", "not one by this key"),
    ] {
        let out = verify(&vectors().join(format!("specification/{name}.bundle.json")));
        assert!(out.contains(reason) && !out.contains("signed by the key"), "{name}: {out}");
    }
}
