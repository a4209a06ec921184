//! Copies of advisories: read from hostile archives, replaced whole, and asked.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use headworks_advisories::{Assessment, Ecosystem, matches};
use headworks_store::advisories::{Advisories, AdvisoriesError, Import, Snapshot};

const NOW_MS: i64 = 1_800_000_000_000;

fn record(id: &str, ecosystem: &str, name: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2026-01-02T00:00:00Z","aliases":["CVE-{id}"],"affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut output = Vec::new();
    let mut writer = rawzip::ZipArchiveWriter::new(&mut output);
    for (name, bytes) in members {
        let method = rawzip::CompressionMethod::DEFLATE;
        let (mut entry, config) = writer.new_file(name).compression_method(method).start().expect("entry");
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut data = config.wrap(encoder);
        data.write_all(bytes).expect("data");
        let (encoder, descriptor) = data.finish().expect("descriptor");
        encoder.finish().expect("stream");
        entry.finish(descriptor).expect("end of entry");
    }
    writer.finish().expect("directory");
    output
}

struct World {
    folder: tempfile::TempDir,
    advisories: Advisories,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let advisories = Advisories::open(&folder.path().join("store")).await.expect("opens");
        Self { folder, advisories }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).expect("writes");
        path
    }

    async fn import(&self, path: &Path, ecosystem: Option<&str>) -> Result<Vec<Snapshot>, AdvisoriesError> {
        let import = Import { paths: &[path.to_owned()], ecosystem, taken_at_ms: None, now_ms: NOW_MS };
        self.advisories.import(&import).await
    }

    async fn assessed(&self, ecosystem: &str, name: &str, version: &str) -> Vec<(String, Assessment)> {
        let ecosystem = Ecosystem::parse(ecosystem);
        let claims = self.advisories.claims(&ecosystem, name).await.expect("answers");
        let found = matches::find(claims.read().expect("is whole"), &ecosystem, version);
        found.into_iter().map(|found| (found.id.into_owned(), found.assessment)).collect()
    }
}

fn is_affected(assessed: &[(String, Assessment)]) -> bool {
    assessed.iter().any(|(_, assessment)| *assessment == Assessment::Affected)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(work)
}

#[test]
fn a_copy_is_asked_by_any_spelling_of_a_name() {
    run(async {
        let world = World::new().await;
        let path = world.write("PyPI/all.zip", &zip(&[("A.json", record("A", "PyPI", "Foo_Bar", "2.0").as_bytes())]));
        let snapshots = world.import(&path, None).await.expect("imports");
        assert_eq!((snapshots[0].ecosystem.as_str(), snapshots[0].advisories, snapshots[0].problems), ("PyPI", 1, 0));
        assert!(is_affected(&world.assessed("PyPI", "foo.bar", "1.0").await));
        assert!(!is_affected(&world.assessed("PyPI", "foo.bar", "2.0").await));
        assert_eq!(world.assessed("PyPI", "other", "1.0").await, []);
        assert_eq!(world.assessed("npm", "foo-bar", "1.0").await, []);
        assert_eq!(world.advisories.snapshots().await.expect("answers"), snapshots);
    });
}

#[test]
fn many_packages_are_answered_in_their_order() {
    run(async {
        let world = World::new().await;
        let records: Vec<(String, String)> = (0..1500)
            .map(|n| (format!("{n}.json"), record(&format!("R{n}"), "PyPI", &format!("p{n}"), "2.0")))
            .collect();
        let members: Vec<(&str, &[u8])> = records.iter().map(|(name, json)| (name.as_str(), json.as_bytes())).collect();
        let path = world.write("all.zip", &zip(&members));
        world.import(&path, None).await.expect("imports");
        let names: Vec<String> = (0..2500).rev().map(|n| format!("P{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let all = world.advisories.claims_of_all(&Ecosystem::parse("PyPI"), &names).await.expect("answers");
        for (index, claims) in all.iter().enumerate() {
            let number = 2499 - index;
            let ids: Vec<String> = claims.read().expect("is whole").iter().map(|claim| claim.id.to_string()).collect();
            let expected = if number < 1500 { vec![format!("R{number}")] } else { Vec::new() };
            assert_eq!((claims.name.as_str(), ids), (format!("p{number}").as_str(), expected));
        }
    });
}

#[test]
fn a_new_copy_takes_the_place_of_the_old_one_and_of_no_other() {
    run(async {
        let world = World::new().await;
        let old = world.write("PyPI/all.zip", &zip(&[("A.json", record("A", "PyPI", "a", "2").as_bytes())]));
        world.import(&old, None).await.expect("imports");
        let npm = world.write("npm/all.zip", &zip(&[("N.json", record("N", "npm", "n", "2.0.0").as_bytes())]));
        world.import(&npm, None).await.expect("imports");
        let new = world.write("PyPI/all.zip", &zip(&[("B.json", record("B", "PyPI", "b", "2").as_bytes())]));
        world.import(&new, None).await.expect("imports");
        assert_eq!(world.assessed("PyPI", "a", "1").await, []);
        assert!(is_affected(&world.assessed("PyPI", "b", "1").await));
        assert!(is_affected(&world.assessed("npm", "n", "1.0.0").await));
        assert_eq!(world.advisories.find("CVE-A").await.expect("answers"), []);
        assert_eq!(world.advisories.find("CVE-B").await.expect("answers").len(), 1);
    });
}

#[test]
fn a_failed_import_changes_nothing() {
    run(async {
        let world = World::new().await;
        let good = zip(&[("A.json", record("A", "PyPI", "a", "2").as_bytes()), ("B.json", b"{}")]);
        let path = world.write("PyPI/all.zip", &good);
        let before = world.import(&path, None).await.expect("imports");
        for (name, bytes) in [("cut", &good[..good.len() - 30]), ("empty", &b""[..]), ("other", b"PK\x03\x04 nothing")]
        {
            let bad = world.write(&format!("{name}.zip"), bytes);
            assert!(matches!(world.import(&bad, Some("PyPI")).await, Err(AdvisoriesError::Archive { .. })), "{name}");
        }
        let other = world.write("other.zip", &zip(&[("N.json", record("N", "npm", "n", "2.0.0").as_bytes())]));
        assert!(matches!(world.import(&other, Some("PyPI")).await, Err(AdvisoriesError::Nothing { .. })));
        assert_eq!(world.advisories.snapshots().await.expect("answers"), before);
        assert!(is_affected(&world.assessed("PyPI", "a", "1").await));
    });
}

#[test]
fn records_that_cannot_be_read_are_counted_and_leave_their_package_open() {
    run(async {
        let world = World::new().await;
        let broken = br#"{"id":"W","affected":[{"package":{"ecosystem":"PyPI","name":"w"},"versions":7}]}"#;
        let members: [(&str, &[u8]); 5] = [
            ("A.json", record("A", "PyPI", "a", "2").leak().as_bytes()),
            ("W.json", broken),
            ("cut.json", br#"{"id":"C","affec"#),
            ("bytes.json", b"{\"id\":\"\xff\"}"),
            ("read.me", b"no record"),
        ];
        let path = world.write("PyPI/all.zip", &zip(&members));
        let snapshot = world.import(&path, None).await.expect("imports").remove(0);
        assert_eq!((snapshot.advisories, snapshot.unreadable, snapshot.unplaced, snapshot.problems), (4, 3, 2, 3));
        let assessed = world.assessed("PyPI", "w", "1").await;
        assert!(matches!(assessed[0].1, Assessment::Undetermined(_)), "{assessed:?}");
        let problems = world.advisories.problems("PyPI").await.expect("answers");
        let entries: Vec<&str> = problems.iter().map(|problem| problem.entry.as_str()).collect();
        assert_eq!(entries, ["W.json", "cut.json", "bytes.json"]);
    });
}

#[test]
fn a_member_with_changed_bytes_is_a_problem_and_not_less_advisories() {
    run(async {
        let world = World::new().await;
        let json = record("A", "PyPI", "a", "2");
        let good = zip(&[("A.json", json.as_bytes()), ("B.json", record("B", "PyPI", "b", "2").as_bytes())]);
        let at = good.windows(6).position(|window| window == b"A.json").expect("a member") + 30;
        let mut bad = good.clone();
        bad[at] ^= 0xff;
        let path = world.write("PyPI/all.zip", &bad);
        let snapshot = world.import(&path, None).await.expect("imports").remove(0);
        assert_eq!((snapshot.advisories, snapshot.unplaced), (2, 1));
    });
}

#[test]
fn a_member_that_inflates_beyond_all_bounds_is_a_problem() {
    run(async {
        let world = World::new().await;
        let huge = vec![b' '; 17 * 1024 * 1024];
        let path = world
            .write("PyPI/all.zip", &zip(&[("huge.json", &huge), ("A.json", record("A", "PyPI", "a", "2").as_bytes())]));
        let snapshot = world.import(&path, None).await.expect("imports").remove(0);
        assert_eq!((snapshot.advisories, snapshot.unplaced), (2, 1));
        assert!(is_affected(&world.assessed("PyPI", "a", "1").await));
    });
}

#[test]
fn records_of_several_ecosystems_need_a_name() {
    run(async {
        let world = World::new().await;
        let members = [("A.json", record("A", "PyPI", "a", "2")), ("N.json", record("N", "npm", "n", "2.0.0"))];
        let members: Vec<(&str, &[u8])> = members.iter().map(|(name, json)| (*name, json.as_bytes())).collect();
        let path = world.write("mixed.zip", &zip(&members));
        let Err(AdvisoriesError::WhichEcosystem { found, .. }) = world.import(&path, None).await else { panic!() };
        assert_eq!(found, ["PyPI", "npm"]);
        let snapshot = world.import(&path, Some("pypi")).await.expect("imports").remove(0);
        assert_eq!((snapshot.ecosystem.as_str(), snapshot.advisories), ("PyPI", 1));
        assert_eq!(world.assessed("npm", "n", "1.0.0").await, []);
    });
}

#[test]
fn a_folder_is_read_without_following_links() {
    run(async {
        let world = World::new().await;
        world.write("ours/one/A.json", record("A", "PyPI", "a", "2").as_bytes());
        let outside = world.write("outside/B.json", record("B", "PyPI", "b", "2").as_bytes());
        std::os::unix::fs::symlink(outside, world.folder.path().join("ours/B.json")).expect("links");
        let snapshot = world.import(&world.folder.path().join("ours"), None).await.expect("imports").remove(0);
        assert_eq!(snapshot.advisories, 1);
        let found = world.advisories.find("A").await.expect("answers").remove(0);
        assert_eq!(found.json.as_deref(), Some(record("A", "PyPI", "a", "2").as_bytes()));
    });
}

#[test]
fn malicious_packages_are_found_by_id_without_their_records() {
    run(async {
        let world = World::new().await;
        let json = br#"{"id":"MAL-1","affected":[{"package":{"ecosystem":"npm","name":"evil"},"versions":["1.0.0"]}]}"#;
        let longer =
            br#"{"id":"MAL-12","affected":[{"package":{"ecosystem":"npm","name":"other"},"versions":["1.0.0"]}]}"#;
        let path = world.write("npm/all.zip", &zip(&[("MAL-1.json", json), ("MAL-12.json", longer)]));
        let snapshot = world.import(&path, None).await.expect("imports").remove(0);
        assert_eq!((snapshot.advisories, snapshot.malicious), (2, 2));
        let found = world.advisories.find("MAL-1").await.expect("answers");
        assert_eq!((found.len(), found[0].packages.len(), found[0].packages[0].0.as_str()), (1, 1, "evil"));
        assert!(found[0].json.is_none());
    });
}

#[test]
fn the_age_is_that_of_the_data_and_not_of_the_import() {
    run(async {
        let world = World::new().await;
        let path = world.write("PyPI/all.zip", &zip(&[("A.json", record("A", "PyPI", "a", "2").as_bytes())]));
        let snapshot = world.import(&path, None).await.expect("imports").remove(0);
        let changed: i64 = 1_767_312_000_000;
        assert_eq!(snapshot.complete_until_ms(), Some(changed));
        assert_eq!(snapshot.age_ms(changed + 5), Some(5));
        assert_eq!(snapshot.age_ms(changed - 5), None);
        let taken = Snapshot { taken_at_ms: Some(changed + 3), ..snapshot };
        assert_eq!(taken.age_ms(changed + 5), Some(2));
    });
}
