//! The graph: what is affected by what, why, and what a revocation would stop; each with a twin that is not hit.

use headworks_types::Digest;
use serde_json::Value;

use crate::attested::{check, world};
use crate::lineage::provenance;
use crate::run::{Ended, World};
use crate::samples;

fn ask(world: &World, words: &[&str]) -> Ended {
    world.run([&["graph"], words].concat())
}

/// Checks something and says its digest.
fn checked(world: &World, path: &str, code: i32) -> String {
    digest(&world.run(["check", path, "--format", "json"]).ends_with(code))
}

fn digest(ended: &Ended) -> String {
    ended.json()["results"][0]["artifact"]["digest"].as_str().expect("a digest").to_owned()
}

/// Keys of the hits.
fn hits(ended: &Ended) -> Vec<String> {
    let document = ended.json();
    let hits = document["hits"].as_array().expect("hits").iter();
    hits.map(|hit| hit["thing"]["key"].as_str().expect("a key").to_owned()).collect()
}

/// The words of the edges on the path to a hit.
fn path(ended: &Ended, key: &str) -> Vec<String> {
    let document = ended.json();
    let mut hits = document["hits"].as_array().expect("hits").iter();
    let hit = hits.find(|hit| hit["thing"]["key"] == key).expect("is hit");
    let steps = hit["path"].as_array().expect("a path").iter();
    steps.map(|step| step["edge"].as_str().expect("a kind").to_owned()).collect()
}

/// A base, a model that an enrolled signer says was made from it, and an unrelated one; digests of the three.
fn family() -> (World, [String; 3]) {
    let (world, key) = world(|_, _| ());
    world.write("base/base.safetensors", samples::safetensors_of("base", 4));
    world.write("other/other.safetensors", samples::safetensors_of("other", 4));
    let base = checked(&world, "base", 0);
    let file = Digest::of(&std::fs::read(world.folder().join("base/base.safetensors")).expect("reads")).hex();
    provenance(&world, &key, &[("base", &file)]);
    let tuned = digest(&check(&world, &["--attestation", "run.json"]));
    let other = checked(&world, "other", 0);
    (world, [base, tuned, other])
}

#[test]
fn a_base_affects_what_was_made_from_it_and_nothing_else() {
    let (world, [base, tuned, other]) = family();
    let impact = ask(&world, &["impact", &base, "--only", "artifact", "--json"]).ends_with(0);
    assert_eq!(hits(&impact), [tuned.as_str()]);
    assert_eq!(path(&impact, &tuned), ["given_as", "derived_from"]);
    assert!(hits(&ask(&world, &["impact", &other, "--only", "artifact", "--json"]).ends_with(0)).is_empty());
    // The file that the statement names, by the start of its digest.
    let file = Digest::of(&std::fs::read(world.folder().join("base/base.safetensors")).expect("reads")).to_string();
    let of_file = hits(&ask(&world, &["impact", &file[..20], "--only", "artifact", "--json"]).ends_with(0));
    assert!(of_file.contains(&base) && of_file.contains(&tuned) && !of_file.contains(&other), "{of_file:?}");
    let text = ask(&world, &["impact", &base, "--only", "artifact"]).ends_with(0);
    text.says("affects 1 × artifact").says("-derived_from-> artifact").says("(model)");
    ask(&world, &["impact", &other, "--only", "artifact"]).ends_with(0).says("affects nothing that is known");
}

#[test]
fn a_model_rests_on_its_base_its_key_and_its_publisher() {
    let (world, [base, tuned, other]) = family();
    let rests = hits(&ask(&world, &["path", &tuned, "--json"]).ends_with(0));
    assert!(
        rests.contains(&base) && rests.contains(&"publisher:acme".to_owned()) && !rests.contains(&other),
        "{rests:?}"
    );
    let publishers = ask(&world, &["path", &tuned, "--only", "publisher"]).ends_with(0);
    publishers.says("rests on 1 × publisher").says("<-published_by- publisher:acme");
    assert!(!hits(&ask(&world, &["path", &base, "--json"]).ends_with(0)).contains(&"publisher:acme".to_owned()));
}

#[test]
fn revoking_a_publisher_or_a_key_stops_what_was_admitted_and_rests_on_it() {
    let (world, [base, tuned, _]) = family();
    world.write("model/more.pkl", samples::hostile_pickle());
    let sign = ["sign", "key", "model", "--private-key", "key.pem", "--signature", "model/model.sig"];
    world.run(sign).ends_with(0);
    let refused = digest(&check(&world, &[]).ends_with(1));
    let all = hits(&ask(&world, &["impact", "acme", "--only", "artifact", "--json"]).ends_with(0));
    assert!(all.contains(&tuned) && all.contains(&refused) && !all.contains(&base), "{all:?}");
    let stopped = ask(&world, &["impact", "acme", "--admitted", "--json"]).ends_with(0);
    assert_eq!(hits(&stopped), [tuned.as_str()]);
    assert_eq!(stopped.json()["hits"][0]["admitted_as"].as_array().map(Vec::len), Some(1));
    let keys = ask(&world, &["path", &tuned, "--only", "key", "--json"]).ends_with(0);
    let [key] = hits(&keys).try_into().expect("one key");
    assert_eq!(hits(&ask(&world, &["impact", &key, "--admitted", "--json"]).ends_with(0)), [tuned]);
    ask(&world, &["impact", "acme", "--admitted"]).ends_with(0).says("affects 1 × artifact").says("admitted as");
}

#[test]
fn a_version_affects_who_pins_it_or_may_get_it_and_not_who_pins_another() {
    let world = World::new();
    let app = |name: &str, line: &str| {
        world.write(&format!("{name}/requirements.txt"), line);
        let checked = world.run(["check", name, "--format", "json"]);
        digest(&checked)
    };
    let (pinned, range, older) =
        (app("pinned", "torch==2.1.0\n"), app("range", "torch>=2,<3\n"), app("older", "torch==1.0\n"));
    let of_version = ask(&world, &["impact", "pkg:pypi/torch@2.1.0", "--json"]).ends_with(0);
    let found = hits(&of_version);
    assert!(found.contains(&pinned) && found.contains(&range) && !found.contains(&older), "{found:?}");
    assert_eq!(path(&of_version, &pinned), ["depends_on"]);
    assert_eq!(path(&of_version, &range), ["version_of", "depends_on"]);
    let of_any = hits(&ask(&world, &["impact", "pkg:pypi/torch", "--only", "artifact", "--json"]).ends_with(0));
    assert!([pinned, range, older].iter().all(|digest| of_any.contains(digest)), "{of_any:?}");
    // No version was made of the range.
    ask(&world, &["impact", "pkg:pypi/torch@2"]).ends_with(3);
}

#[test]
fn what_is_unknown_matches_nothing_and_what_is_ambiguous_is_listed() {
    let (world, [base, ..]) = family();
    ask(&world, &["impact", "nobody"]).ends_with(3).warns("hint: `headworks graph export`");
    ask(&world, &["impact", "ffffffffffff"]).ends_with(3);
    ask(&world, &["impact", "acme"]).ends_with(0);
    world.write("acme/a.safetensors", samples::safetensors_of("acme", 4));
    checked(&world, "acme", 0);
    ask(&world, &["impact", "acme"]).ends_with(2).warns("publisher:acme").warns("name:acme").warns("hint:");
    ask(&world, &["why", "acme", &base]).ends_with(2);
    ask(&world, &["impact", "publisher:acme"]).ends_with(0);
    ask(&world, &["impact", &base, "--only", "nonsense"]).ends_with(2);
}

#[test]
fn each_step_of_a_path_names_the_entry_that_says_so() {
    let (world, [base, tuned, other]) = family();
    let why = ask(&world, &["why", &base, &tuned, "--json"]).ends_with(0).json();
    let steps = why["path"].as_array().expect("a path").clone();
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert_eq!((&steps[1]["edge"], &steps[1]["stated"]["confidence"]), (&"derived_from".into(), &"verified".into()));
    let entry = steps[1]["stated"]["entry"].as_u64().expect("an index").to_string();
    let logged = world.run(["log", "show", &entry, "--json"]).ends_with(0).json();
    assert!(logged["entry"]["predicateType"].as_str().is_some_and(|kind| kind.contains("verification_summary")));
    ask(&world, &["why", &base, &tuned]).ends_with(0).says(&format!("verified, entry {entry} of the log"));
    ask(&world, &["why", &tuned, &base]).ends_with(3).warns("does not affect");
    ask(&world, &["why", &other, &tuned]).ends_with(3);
    ask(&world, &["why", &base, &base]).ends_with(0).says("is the same thing");
}

#[test]
fn what_became_known_since_an_entry_or_a_time_is_listed() {
    let (world, [base, _, other]) = family();
    let last = world.run(["log", "show", "--type", "verification_summary", "--limit", "1", "--json"]).json();
    let since = ask(&world, &["diff", "--since", &last["index"].to_string(), "--json"]).ends_with(0).json();
    let things: Vec<&Value> = since["things"].as_array().expect("things").iter().map(|thing| &thing["key"]).collect();
    assert!(things.contains(&&Value::from(other)) && !things.contains(&&Value::from(base.clone())), "{things:?}");
    ask(&world, &["diff", "--since", "2020-01-01"]).ends_with(0).says(&format!("+ artifact {}", &base[..11]));
    ask(&world, &["diff", "--since", "2999-01-01T00:00:00Z"]).ends_with(3);
    ask(&world, &["diff", "--since", "yesterday"]).ends_with(2).warns("hint: write a time as");
}

#[test]
fn an_export_has_the_same_bytes_after_a_rebuild() {
    let (world, [base, tuned, _]) = family();
    let export = |format: &str| ask(&world, &["export", "--format", format]).ends_with(0).out;
    let (json, graphml) = (export("json"), export("graphml"));
    assert!(graphml.starts_with("<?xml") && graphml.ends_with("</graphml>\n"));
    for edge in [
        format!("<edge source=\"{base}\" target=\"material:"),
        format!("target=\"{tuned}\"><data key=\"kind\">derived_from<"),
    ] {
        assert!(graphml.contains(&edge), "{edge} is not in {graphml}");
    }
    world.run(["store", "rebuild"]).ends_with(0);
    assert_eq!((export("json"), export("graphml")), (json, graphml));
    ask(&world, &["export", "--out", "graph.json"]).ends_with(0).warns("are in `graph.json`");
    world.run(["log", "verify"]).ends_with(0).says("agree");
}
