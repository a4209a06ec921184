//! Advisories: imported, asked, and never taken for "not affected" when something is missing.

use std::io::Write as _;

use crate::attested::demand;
use crate::run::World;

fn record(id: &str, ecosystem: &str, name: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2026-01-02T00:00:00Z","aliases":["CVE-2026-1"],"summary":"A hole","database_specific":{{"severity":"HIGH"}},"affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

const MALICIOUS: &str = r#"{"id":"MAL-2026-1","modified":"2026-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"evil"},"versions":["1.0"]}]}"#;
const COMMITS: &str = r#"{"id":"GIT-1","modified":"2026-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"open"},"ranges":[{"type":"GIT","repo":"https://r.example","events":[{"introduced":"0"}]}]}]}"#;

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut writer = rawzip::ZipArchiveWriter::new(&mut output);
    for (name, bytes) in members {
        let (mut entry, config) =
            writer.new_file(name).compression_method(rawzip::CompressionMethod::STORE).start().expect("entry");
        let mut data = config.wrap(&mut entry);
        data.write_all(bytes).expect("data");
        let descriptor = data.finish().expect("descriptor").1;
        entry.finish(descriptor).expect("end of entry");
    }
    writer.finish().expect("directory");
    output
}

/// A world that knows a few advisories of PyPI, and old enough ones.
fn world() -> World {
    let world = World::new();
    let torch = record("GHSA-1", "PyPI", "Torch", "2.1");
    let members: [(&str, &[u8]); 3] =
        [("GHSA-1.json", torch.as_bytes()), ("MAL.json", MALICIOUS.as_bytes()), ("GIT.json", COMMITS.as_bytes())];
    world.write("mirror/PyPI/all.zip", zip(&members));
    world.run(["advisories", "import", "mirror/PyPI/all.zip"]).ends_with(0).says("PyPI: 3 advisories about 3 packages");
    world
}

/// The data are of one day, and the clock is not: old is not what these tests are about.
const ANY_AGE: [&str; 2] = ["--max-age", "1000000"];

fn ask<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["advisories", "match"];
    all.extend_from_slice(words);
    all.extend(ANY_AGE);
    all
}

#[test]
fn a_bill_of_materials_lists_what_affects_its_packages_and_what_cannot_be_said() {
    let world = world();
    world.write("app/requirements.txt", "torch==2.0.0\nevil==1.0\nnumpy==1.26.0\npeft>=0.12\n");
    let document = world.run(["bom", "app", "--quiet"]).ends_with(0).json();
    let all = document["vulnerabilities"].as_array().expect("an array");
    let ids = |source: &str| -> Vec<&str> {
        let found = all.iter().filter(|one| one["source"]["name"] == source);
        found.filter_map(|one| one["id"].as_str()).collect()
    };
    assert_eq!(ids("OSV"), ["MAL-2026-1", "GHSA-1"]);
    let torch = all.iter().find(|one| one["id"] == "GHSA-1").expect("is listed");
    assert_eq!(torch["affects"], serde_json::json!([{ "ref": "pkg:pypi/torch@2.0.0" }]));
    let peft = document["components"].as_array().expect("an array").iter().find(|one| one["name"] == "peft");
    assert!(peft.expect("is listed").to_string().contains("undetermined: no single version is stated"));
    let without = World::new();
    without.write("app/requirements.txt", "torch==2.0.0\n");
    assert!(!without.run(["bom", "app", "--quiet"]).ends_with(0).out.contains("GHSA-1"));
}

#[test]
fn a_check_asks_the_copies_and_decides_by_them() {
    let world = world();
    let check = |requirements: &str| {
        world.write("app/requirements.txt", requirements);
        world.run(["check", "app", "--tier", "standard", "--format", "json"])
    };
    demand(&check("torch==2.0.0\n"), "HW-VUL-01", "fail", "`pkg:pypi/torch@2.0.0` is affected by GHSA-1 (high)");
    demand(&check("evil==1.0\n"), "HW-VUL-01", "fail", "`pkg:pypi/evil@1.0` is an attack itself: MAL-2026-1");
    demand(&check("open==1.0\n"), "HW-VUL-01", "not_established", "`GIT-1` leaves it open");
    demand(&check("x @ https://r.invalid/x.whl\n"), "HW-VUL-01", "not_established", "does not come from an index");
    demand(&check("torch>=2.0\n"), "HW-VUL-01", "not_established", "no single version is stated");
    // The copy is as old as its newest record.
    demand(&check("numpy==1.26.0\n"), "HW-VUL-01", "not_established", "is older than 168 hours");
    world.run(["advisories", "import", "mirror/PyPI/all.zip", "--taken-at", &now()]).ends_with(0);
    demand(&check("numpy==1.26.0\ntorch==2.1\n"), "HW-VUL-01", "pass", "2 packages, and no advisory affects one");
    demand(&check("torch==2.0.0\n"), "HW-VUL-01", "fail", "GHSA-1");
    world.write("app/environment.yml", "dependencies:\n- python=3.11\n");
    demand(&check("torch==2.1\n"), "HW-VUL-01", "not_established", "nobody keeps advisories of its ecosystem");
    std::fs::remove_file(world.folder().join("app/environment.yml")).expect("removes");
    world.write("app/uv.lock", "version = 1\n");
    demand(
        &check("torch==2.1\n"),
        "HW-VUL-01",
        "not_established",
        "`app/uv.lock` cannot be assessed".replace("app/", "").as_str(),
    );
    let without = World::new();
    without.write("app/requirements.txt", "numpy==1.26.0\n");
    let ended = without.run(["check", "app", "--tier", "standard", "--format", "json"]);
    demand(&ended, "HW-VUL-01", "not_established", "no copies of advisories were asked");
}

/// The time now, as it is typed.
fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after the epoch");
    jiff::Timestamp::from_second(since.as_secs().cast_signed()).expect("in range").to_string()
}

#[test]
fn an_affected_version_is_refused_and_a_fixed_one_is_not() {
    let world = world();
    let refused = world.run(ask(&["PyPI", "torch", "2.0.0+cu118"])).ends_with(1);
    refused.says("affected  PyPI torch 2.0.0+cu118").says("GHSA-1").says("CVE-2026-1").says("HIGH A hole");
    world.run(ask(&["pkg:pypi/torch@2.0.0"])).ends_with(1).says("by 3 advisories of PyPI");
    world.run(ask(&["pkg:pypi/torch@2.1"])).ends_with(0).says("not affected  PyPI torch 2.1");
    world.run(ask(&["PyPI", "nobody", "1"])).ends_with(0);
}

#[test]
fn what_cannot_be_said_is_held() {
    let world = world();
    world.run(ask(&["PyPI", "torch", "banana"])).ends_with(4).says("undetermined").says("no place in the order");
    world.run(ask(&["PyPI", "open", "1"])).ends_with(4).says("commits of a repository only");
    world.run(ask(&["npm", "torch", "1.0.0"])).ends_with(4).says("no advisories of `npm` are known");
    world.run(ask(&["Atlantis", "torch", "1.0.0"])).ends_with(4);
    let stale = world.run(["advisories", "match", "PyPI", "nobody", "1", "--max-age", "1"]).ends_with(4);
    stale.says("the copy is stale");
    world.run(["advisories", "match", "PyPI", "torch", "2.0", "--max-age", "1"]).ends_with(1);
}

#[test]
fn a_malicious_package_is_called_that_and_nothing_settles_it() {
    let world = world();
    world.write("vex.json", vex("MAL-2026-1", "pkg:pypi/evil"));
    world.run(ask(&["PyPI", "evil", "1.0"])).ends_with(1).says("malicious     MAL-2026-1");
    world.run(ask(&["PyPI", "evil", "1.0", "--vex", "vex.json"])).ends_with(1).says("malicious");
    world.run(["advisories", "show", "MAL-2026-1"]).ends_with(0).says("evil").says("1.0");
}

fn vex(id: &str, product: &str) -> String {
    format!(
        r#"{{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://vex.example/1","author":"Acme","timestamp":"2026-01-03T00:00:00Z","version":1,"statements":[{{"vulnerability":{{"name":"{id}"}},"products":[{{"@id":"{product}"}}],"status":"not_affected","justification":"vulnerable_code_not_present"}}]}}"#
    )
}

#[test]
fn a_vex_statement_settles_what_it_names_and_is_shown() {
    let world = world();
    world.write("vex.json", vex("CVE-2026-1", "pkg:pypi/torch@2.0"));
    let settled = world.run(ask(&["PyPI", "torch", "2.0", "--vex", "vex.json"])).ends_with(0);
    settled.says("settled").says("VEX says not_affected: vulnerable_code_not_present; by Acme");
    world.run(ask(&["PyPI", "torch", "2.0.1", "--vex", "vex.json"])).ends_with(1);
    world.write("bad.json", vex("CVE-2026-1", "pkg:pypi/torch@2.0").replace("vulnerable_code_not_present", "trust me"));
    let refused = world.run(ask(&["PyPI", "torch", "2.0", "--vex", "bad.json"])).ends_with(2);
    assert!(refused.err.contains("bad.json") && refused.err.contains("justification"), "{}", refused.err);
}

#[test]
fn exploitation_is_shown_beside_an_advisory() {
    let world = world();
    world.write(
        "kev.json",
        r#"{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2026-1","dateAdded":"2026-01-05"}]}"#,
    );
    world.write("epss.csv", "cve,epss,percentile\nCVE-2026-1,0.25,0.9\n");
    let asked = world.run(ask(&["PyPI", "torch", "2.0", "--kev", "kev.json", "--epss", "epss.csv"])).ends_with(1);
    asked.says("known to be exploited since 2026-01-05").says("probability 0.25 (EPSS)");
    let json = world.run(ask(&["PyPI", "torch", "2.0", "--kev", "kev.json", "--json"])).ends_with(1).json();
    assert_eq!(json["verdict"], "affected");
    assert_eq!(json["advisories"][0]["exploited_since"], "2026-01-05");
    assert_eq!(json["snapshot"]["advisories"], 3);
    world.run(ask(&["PyPI", "torch", "2.0", "--epss", "kev.json"])).ends_with(2);
}

#[test]
fn status_says_what_is_known_and_how_old_it_is() {
    let empty = World::new();
    empty.run(["advisories", "status"]).ends_with(4);
    let world = world();
    let fine = world.run(["advisories", "status", "--max-age", "1000000"]).ends_with(0);
    fine.says("1 of malicious ones").says("newest change 2026-01-02T00:00:00Z");
    world.run(["advisories", "status", "--max-age", "1"]).ends_with(4).says("stale");
    let json = world.run(["advisories", "status", "--json", "--max-age", "1"]).ends_with(4).json();
    assert_eq!((&json["ecosystem"], &json["is_stale"]), (&"PyPI".into(), &true.into()));
}

#[test]
fn the_time_at_which_a_copy_was_taken_makes_its_age() {
    let world = world();
    let import = ["advisories", "import", "mirror/PyPI/all.zip", "--taken-at", "2026-01-10T00:00:00Z"];
    world.run(import).ends_with(0).says("taken 2026-01-10T00:00:00Z");
    let future = ["advisories", "import", "mirror/PyPI/all.zip", "--taken-at", "2999-01-10T00:00:00Z"];
    world.run(future).ends_with(2);
}

#[test]
fn show_prints_a_record_by_its_id_or_alias() {
    let world = world();
    let shown = world.run(["advisories", "show", "CVE-2026-1"]).ends_with(0).json();
    assert_eq!((&shown["id"], &shown["summary"]), (&"GHSA-1".into(), &"A hole".into()));
    world.run(["advisories", "show", "GHSA-1"]).ends_with(0);
    world.run(["advisories", "show", "CVE-1999-1"]).ends_with(3);
}

#[test]
fn a_mirror_is_synced_an_ecosystem_at_a_time() {
    let world = world();
    let npm = record("GHSA-2", "npm", "left", "2.0.0");
    world.write("mirror/npm/all.zip", zip(&[("GHSA-2.json", npm.as_bytes())]));
    let source = format!("file://{}", world.folder().join("mirror").display());
    world.run(["advisories", "sync", &source]).ends_with(0).says("npm: 1 advisories").says("PyPI: 3 advisories");
    world.run(ask(&["npm", "left", "1.0.0"])).ends_with(1);
    world.write("mirror/Go/all.zip", "no archive");
    let partly = world.run(["advisories", "sync", "mirror"]).ends_with(2).says("npm: 1 advisories");
    assert!(partly.err.contains("Go/all.zip"), "{}", partly.err);
    world.write("empty/readme", "nothing");
    world.run(["advisories", "sync", "empty"]).ends_with(2);
    world.run(["advisories", "sync", "https://example.org"]).ends_with(2);
}

#[test]
fn bad_copies_are_refused_and_change_nothing() {
    let world = world();
    let whole = zip(&[("A.json", record("A", "PyPI", "a", "2").as_bytes())]);
    world.write("cut.zip", &whole[..whole.len() / 2]);
    world.write("npm.json", record("N", "npm", "n", "2.0.0"));
    world.write("no.json", "{");
    for arguments in [vec!["cut.zip"], vec!["npm.json", "--ecosystem", "PyPI"], vec!["no.json"], vec!["absent.zip"]] {
        let mut all = vec!["advisories", "import"];
        all.extend(arguments);
        let ended = world.run(&all).ends_with(2);
        assert!(ended.err.starts_with("error: "), "{}", ended.err);
    }
    world.run(ask(&["PyPI", "torch", "2.0"])).ends_with(1).says("by 3 advisories");
}

#[test]
fn an_advisory_that_cannot_be_read_holds_what_it_may_be_about() {
    let world = World::new();
    let broken = r#"{"id":"W","affected":[{"package":{"ecosystem":"PyPI","name":"w"},"ranges":"none"}]}"#;
    let good = record("A", "PyPI", "a", "2");
    world.write("PyPI/all.zip", zip(&[("W.json", broken.as_bytes()), ("A.json", good.as_bytes())]));
    let imported = world.run(["advisories", "import", "PyPI/all.zip"]).ends_with(0);
    assert!(imported.err.contains("1 problems"), "{}", imported.err);
    world.run(ask(&["PyPI", "w", "1"])).ends_with(4).says("could not be read");
    world.run(ask(&["PyPI", "a", "2"])).ends_with(0);
    world.run(["advisories", "status", "--problems", "--max-age", "1000000"]).ends_with(0).says("W.json");
    world.write("PyPI/all.zip", zip(&[("W.json", b"{\xff"), ("A.json", good.as_bytes())]));
    world.run(["advisories", "import", "PyPI/all.zip"]).ends_with(0);
    world.run(ask(&["PyPI", "a", "2"])).ends_with(4).says("do not say what they are about");
}

#[test]
fn a_package_needs_all_its_parts() {
    let world = world();
    world.run(["advisories", "match", "PyPI", "torch"]).ends_with(2);
    world.run(["advisories", "match", "pkg:pypi/torch"]).ends_with(2);
    world.run(["advisories", "match", "pkg:generic/torch@1"]).ends_with(2);
}

#[test]
fn a_model_is_affected_by_its_commit() {
    let world = World::new();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let json = format!(
        r#"{{"id":"ACME-1","modified":"2026-01-02T00:00:00Z","affected":[{{"package":{{"ecosystem":"Hugging Face","name":"acme/model"}},"versions":["{commit}"]}}]}}"#
    );
    world.write("ours/ACME-1.json", json);
    world.run(["advisories", "import", "ours"]).ends_with(0).says("Hugging Face: 1 advisories");
    world.run(ask(&[&format!("pkg:huggingface/Acme/model@{commit}")])).ends_with(1);
    world.run(ask(&[&format!("pkg:huggingface/acme/model@{}", "f".repeat(40))])).ends_with(0);
    world.run(ask(&["pkg:huggingface/acme/model@main"])).ends_with(4).says("no full commit id");
}
