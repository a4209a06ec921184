//! The rows of `headworks formats --techniques`, judged by the command itself.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use base64::Engine as _;
use serde_json::Value;

use crate::run::World;

#[test]
fn every_sample_is_judged_as_its_row_says() {
    let world = World::new();
    let techniques = world.run(["formats", "--techniques", "--json"]);
    let techniques: Vec<Value> = serde_json::from_str(&techniques.out).expect("JSON");
    let shown = techniques.iter().flat_map(|row| row["shown"].as_array().expect("a list"));
    let shown: Vec<_> = shown.map(|shown| (text(&shown["sample"]), text(&shown["by"]))).collect();
    let admitted = techniques.iter().flat_map(|row| row["admitted"].as_array().expect("a list"));
    let admitted: Vec<_> = admitted.map(text).collect();
    let samples = shown.iter().map(|(sample, _)| *sample).chain(admitted.iter().copied()).collect();
    let said = scan(&world, &samples);
    let mut wrong = Vec::new();
    for (sample, by) in &shown {
        let judged = &said[*sample];
        if !judged.stopped || !judged.by.contains(*by) {
            wrong.push(format!("{sample}: no {by} that stops it, but {:?}", judged.by));
        }
    }
    for sample in &admitted {
        if said[*sample].stopped {
            wrong.push(format!("{sample}: stopped by {:?}", said[*sample].by));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(techniques.len() > 40, "{} rows", techniques.len());
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[derive(Default)]
struct Judged {
    /// Rules that fired, and `held` where something was not understood.
    by: BTreeSet<String>,
    /// Whether the default policy would hold or refuse it.
    stopped: bool,
}

/// Scans the samples, each in a folder of its own, and tells what was said of each.
fn scan(world: &World, samples: &BTreeSet<&str>) -> HashMap<String, Judged> {
    let paths: Vec<_> = samples.iter().map(|sample| write(world, sample)).collect();
    let arguments = ["scan", "--format", "json"].map(str::to_owned).into_iter().chain(paths.iter().cloned());
    let report: Value = serde_json::from_str(&world.run(arguments).out).expect("JSON");
    let results: HashMap<&str, &Value> =
        report["results"].as_array().expect("a list").iter().map(|result| (text(&result["target"]), result)).collect();
    samples.iter().zip(&paths).map(|(sample, path)| ((*sample).to_owned(), judged(results[path.as_str()]))).collect()
}

fn judged(result: &Value) -> Judged {
    let mut judged = Judged::default();
    for finding in result["findings"].as_array().expect("a list") {
        judged.by.insert(text(&finding["rule"]).to_owned());
        judged.stopped |= matches!(text(&finding["severity"]), "medium" | "high" | "critical");
    }
    if !result["not_understood"].as_array().expect("a list").is_empty() {
        judged.by.insert("held".to_owned());
        judged.stopped = true;
    }
    judged
}

/// Writes a sample under the name by which loaders meet it; CONTRIBUTING.md says how samples are stored.
fn write(world: &World, sample: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../headworks-formats/fixtures").join(sample);
    let stored = std::fs::read(&path).expect("the sample is there");
    let file_name = path.file_name().expect("a file").to_str().expect("UTF-8");
    let (name, bytes) = match file_name.strip_suffix(".b64") {
        Some(stem) => {
            let text = String::from_utf8(stored).expect("base64 is ASCII");
            let (comments, body): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with('#'));
            let named = comments.iter().find_map(|line| line.strip_prefix("# name: ")).unwrap_or(stem);
            (named.to_owned(), base64::engine::general_purpose::STANDARD.decode(body.concat()).expect("base64"))
        }
        None => (file_name.to_owned(), stored),
    };
    let written = world.write(&format!("{sample}.d/{name}"), bytes);
    written.to_str().expect("UTF-8").to_owned()
}
