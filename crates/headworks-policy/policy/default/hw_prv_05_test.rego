package headworks.test.hw_prv_05

import data.headworks.controls.hw_prv_05 as control
import rego.v1

statement := {
	"source": "run.json", "predicate_type": "https://slsa.dev/provenance/v1", "standing": "enrolled",
	"publisher": "acme", "reason": "signed by `acme`", "claims": {},
}

made_from(role, admitted, refused, unknown) := {
	"source": "run.json", "role": role, "admitted": admitted, "refused": refused, "unknown": unknown, "named": ["rows.csv"],
}

of(attestations, ancestors) := {
	"tier": "production", "now_ms": 1772323200000, "findings": [], "files": [],
	"attestations": attestations, "provenance": {}, "history": {"ancestors": ancestors},
}

with_base(document) := object.union(document, {"provenance": {"base_model": [{"value": "acme/base", "basis": "stated"}]}})

test_admitted_ancestors_pass if {
	count(control.pass) == 1 with input as of([statement], [made_from("data", 2, 0, 0)])
	control.hold == set() with input as of([statement], [made_from("data", 2, 0, 0)])
	control.fail == set() with input as of([statement], [made_from("data", 2, 0, 0)])
}

test_a_refused_ancestor_fails_and_an_unknown_one_holds if {
	count(control.fail) == 1 with input as of([statement], [made_from("data", 1, 1, 0)])
	count(control.hold) == 1 with input as of([statement], [made_from("data", 1, 0, 1)])
}

test_without_a_statement_or_ancestors_it_holds if {
	count(control.hold) == 1 with input as of([], [])
	count(control.hold) == 1 with input as of([statement], [])
	count(control.hold) == 1 with input as of([object.union(statement, {"standing": "unknown"})], [made_from("data", 2, 0, 0)])
}

test_a_statement_about_other_files_shows_no_lineage if {
	partial := object.union(statement, {"uncovered": {"model.bin": "the statement does not name it"}})
	count(control.hold) == 1 with input as of([partial], [made_from("data", 2, 0, 0)])
	control.pass == set() with input as of([partial], [made_from("data", 2, 0, 0)])
}

run(complete) := object.union(statement, {"claims": {
	"build_type": "https://github.com/headworks/headworks/buildtypes/train/v1", "complete": complete,
}})

test_a_run_that_was_not_seen_whole_shows_no_lineage if {
	count(control.hold) == 1 with input as of([run("false")], [made_from("data", 2, 0, 0)])
	control.hold == set() with input as of([run("true")], [made_from("data", 2, 0, 0)])
}

test_a_base_that_is_only_named_holds_and_one_that_is_bound_passes if {
	count(control.hold) == 1 with input as with_base(of([statement], [made_from("data", 1, 0, 0)]))
	control.hold == set() with input as with_base(of([statement], [made_from("base", 1, 0, 0)]))
}
