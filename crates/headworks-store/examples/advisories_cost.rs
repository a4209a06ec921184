//! What a large copy of advisories costs: a zip like that of npm, most of it malicious packages, is made from a
//! seed, imported, asked one package at a time, and asked for a million packages.

#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use headworks_advisories::assess::assess;
use headworks_advisories::{Assessment, Candidate, Ecosystem};
use headworks_store::advisories::{Advisories, Import};

/// Records of the zip: as many as that of npm had in January 2026.
const RECORDS: u64 = 214_000;
/// One in so many is an ordinary advisory, all others are of malicious packages.
const ORDINARY: u64 = 49;
/// Packages that are assessed.
const PACKAGES: u64 = 1_000_000;
/// Packages that are asked for one at a time.
const LOOK_UPS: u64 = 100_000;
/// Packages of one query.
const AT_ONCE: usize = 1000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let work = PathBuf::from(std::env::args().nth(1).expect("a folder to work in"));
    let zip = work.join("npm").join("all.zip");
    fs::create_dir_all(work.join("npm")).expect("a folder");
    let cost = Cost::start();
    let bytes = fs::metadata(&zip).map_or_else(|_| write_zip(&zip), |file| file.len());
    cost.end(&format!("a zip of {RECORDS} records, {} MB", bytes / 1_000_000), None);

    for file in ["advisories.sqlite", "advisories.sqlite-wal", "advisories.sqlite-shm"] {
        drop(fs::remove_file(work.join(file)));
    }
    let advisories = Advisories::open(&work).await.expect("opens");
    import(&advisories, &zip, "import into an empty database").await;
    import(&advisories, &zip, "import over the one before").await;
    let size = fs::metadata(work.join("advisories.sqlite")).map_or(0, |file| file.len());
    println!("database: {} MB", size / 1_000_000);

    look_up(&advisories).await;
    assess_all(&advisories).await;
    println!("peak memory: {} MB", peak_memory_kb() / 1000);
}

async fn import(advisories: &Advisories, zip: &Path, what: &str) {
    let paths = [zip.to_owned()];
    let import = Import { paths: &paths, ecosystem: None, taken_at_ms: None, now_ms: 1_767_225_600_000 };
    let cost = Cost::start();
    let snapshots = advisories.import(&import).await.expect("imports");
    cost.end(what, None);
    let snapshot = &snapshots[0];
    assert_eq!((snapshot.advisories, snapshot.problems), (RECORDS, 0));
}

async fn look_up(advisories: &Advisories) {
    let npm = Ecosystem::parse("npm");
    let mut random = Random(7);
    let mut hits = 0u64;
    let cost = Cost::start();
    for _ in 0..LOOK_UPS {
        let name = asked(&mut random);
        let claims = advisories.claims(&npm, &name).await.expect("answers");
        hits += u64::from(!claims.read().expect("is whole").is_empty());
    }
    cost.end(&format!("looked {LOOK_UPS} packages up one at a time, {hits} known"), Some(LOOK_UPS));
}

async fn assess_all(advisories: &Advisories) {
    let npm = Ecosystem::parse("npm");
    let mut random = Random(11);
    let mut counts = [0u64; 3];
    let cost = Cost::start();
    for _ in 0..PACKAGES / AT_ONCE as u64 {
        let names: Vec<String> = (0..AT_ONCE).map(|_| asked(&mut random)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for claims in advisories.claims_of_all(&npm, &names).await.expect("answers") {
            let version = format!("{}.{}.{}", random.below(4), random.below(10), random.below(10));
            let candidate = Candidate::new(&npm, &version);
            for claim in claims.read().expect("is whole") {
                counts[match assess(&claim, &npm, &candidate) {
                    Assessment::Affected => 0,
                    Assessment::NotAffected => 1,
                    Assessment::Undetermined(_) => 2,
                }] += 1;
            }
        }
    }
    let what = format!(
        "assessed {PACKAGES} packages: {} claims affect, {} do not, {} are open",
        counts[0], counts[1], counts[2]
    );
    cost.end(&what, Some(PACKAGES));
}

/// Half of the packages that are asked for are known.
fn asked(random: &mut Random) -> String {
    let number = random.below(RECORDS);
    if random.below(2) == 0 { name_of(number) } else { format!("nobody-knows-{number}") }
}

fn name_of(number: u64) -> String {
    // Ordinary advisories gather on fewer packages.
    let number = if number.is_multiple_of(ORDINARY) { number / ORDINARY % 3000 } else { number };
    format!("package-{:08x}-{number}", Random(number.wrapping_add(1)).next() as u32)
}

fn write_zip(path: &Path) -> u64 {
    let file = std::io::BufWriter::new(fs::File::create(path).expect("a file"));
    let mut writer = rawzip::ZipArchiveWriter::new(file);
    let mut random = Random(1);
    for number in 0..RECORDS {
        let (id, json) = record(number, &mut random);
        let name = format!("{id}.json");
        let method = rawzip::CompressionMethod::DEFLATE;
        let (mut entry, config) = writer.new_file(&name).compression_method(method).start().expect("entry");
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut data = config.wrap(encoder);
        data.write_all(json.as_bytes()).expect("data");
        let (encoder, descriptor) = data.finish().expect("descriptor");
        encoder.finish().expect("stream");
        entry.finish(descriptor).expect("end of entry");
    }
    writer.finish().expect("directory");
    fs::metadata(path).expect("a file").len()
}

fn record(number: u64, random: &mut Random) -> (String, String) {
    let name = name_of(number);
    let digests: Vec<String> = (0..2).map(|_| format!("\"{}\"", random.hex(64))).collect();
    let mut details = String::new();
    for _ in 0..12 {
        let _ = write!(details, "word{} ", random.below(5000));
    }
    if number.is_multiple_of(ORDINARY) {
        let id = format!("GHSA-{}", random.hex(12));
        let (from, to) = (random.below(3), random.below(9));
        let json = format!(
            r#"{{"schema_version":"1.7.0","id":"{id}","modified":"2025-11-{:02}T12:00:00Z","published":"2025-01-01T00:00:00Z","aliases":["CVE-2025-{number}"],"summary":"{}","details":"{details}\n\n{details}","severity":[{{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],"affected":[{{"package":{{"name":"{name}","ecosystem":"npm","purl":"pkg:npm/{name}"}},"ranges":[{{"type":"SEMVER","events":[{{"introduced":"{from}.0.0"}},{{"fixed":"{from}.{to}.1"}},{{"introduced":"3.0.0"}},{{"fixed":"3.{to}.0"}}]}}],"database_specific":{{"source":"https://example.org/{id}"}}}}],"references":[{{"type":"WEB","url":"https://example.org/{}"}}]}}"#,
            random.below(28) + 1,
            random.hex(40),
            random.hex(40),
        );
        return (id, json);
    }
    let id = format!("MAL-2025-{number}");
    let affected = match number % 3 {
        0 => r#""ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]"#.to_owned(),
        _ => format!(r#""versions":["1.0.{}","1.0.{}","2.{}.0"]"#, random.below(9), random.below(99), random.below(9)),
    };
    let json = format!(
        r#"{{"modified":"2025-10-{:02}T08:00:00Z","published":"2025-10-01T00:00:00Z","schema_version":"1.7.4","id":"{id}","summary":"Malicious code in {name} (npm)","details":"\n---\n_-= Per source details. Do not edit below this line.=-_\n\n## Source: example\n{details}\n","affected":[{{"package":{{"ecosystem":"npm","name":"{name}"}},{affected},"database_specific":{{"cwes":[{{"cweId":"CWE-506","description":"The product contains code that appears to be malicious in nature.","name":"Embedded Malicious Code"}}]}}}}],"credits":[{{"name":"example","type":"FINDER","contact":["https://example.org"]}}],"database_specific":{{"malicious-packages-origins":[{{"id":"X-{number}","import_time":"2025-10-02T00:00:00Z","modified_time":"2025-10-02T00:00:00Z","sha256":{},"source":"example","versions":["1.0.0"]}},{{"sha256":{},"source":"other"}}],"iocs":null}}}}"#,
        random.below(28) + 1,
        digests[0],
        digests[1],
    );
    (id, json)
}

/// A generator that needs no crate: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.next());
        }
        text.truncate(digits);
        text
    }
}

struct Cost {
    wall: Instant,
    cpu_ticks: u64,
}

impl Cost {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu_ticks: cpu_ticks() }
    }

    fn end(&self, what: &str, each: Option<u64>) {
        // A tick is a hundredth of a second on every Linux that people run.
        let cpu = (cpu_ticks() - self.cpu_ticks) as f64 / 100.0;
        let wall = self.wall.elapsed().as_secs_f64();
        let each = each.map(|count| {
            let micros = |seconds: f64| seconds * 1e6 / count as f64;
            format!(" ({:.1} µs CPU, {:.1} µs each)", micros(cpu), micros(wall))
        });
        println!("{what}: {cpu:.2} s CPU, {wall:.2} s{}", each.unwrap_or_default());
    }
}

/// User and system time of this process, its threads included.
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

fn peak_memory_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let fields: BTreeMap<&str, &str> = status.lines().filter_map(|line| line.split_once(':')).collect();
    let peak = fields.get("VmHWM").and_then(|value| value.split_whitespace().next()?.parse().ok());
    peak.unwrap_or_default()
}
