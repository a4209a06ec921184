package headworks.test.hw_prv_02

import data.headworks.controls.hw_prv_02 as control
import rego.v1

provenance := {
	"source": "build.json", "predicate_type": "https://slsa.dev/provenance/v1", "standing": "enrolled",
	"publisher": "acme", "reason": "signed by `acme`",
	"claims": {"builder": "https://ci.acme.invalid/builder", "source_repository": "https://git.acme.invalid/model"},
}

summary := {
	"source": "vsa.json", "predicate_type": "https://slsa.dev/verification_summary/v1", "standing": "enrolled",
	"publisher": "acme", "reason": "signed by `acme`", "claims": {"result": "PASSED", "levels": "SLSA_BUILD_LEVEL_3 X"},
}

of(attestations) := {"tier": "production", "now_ms": 1772323200000, "findings": [], "files": [], "attestations": attestations}

builders(level) := [{"publisher": "acme", "builder": "https://ci.acme.invalid/builder", "level": level}]

with_builders(level) := object.union(data.headworks.parameters, {"builders": builders(level)})

test_a_builder_of_the_level_passes if {
	count(control.pass) == 1 with input as of([provenance]) with data.headworks.parameters as with_builders(3)
	control.hold == set() with input as of([provenance]) with data.headworks.parameters as with_builders(3)
}

test_a_builder_below_the_level_or_without_one_holds if {
	count(control.hold) == 1 with input as of([provenance]) with data.headworks.parameters as with_builders(2)
	count(control.hold) == 1 with input as of([provenance])
}

test_nobody_who_says_how_holds if count(control.hold) == 1 with input as of([])

test_a_broken_or_revoked_statement_fails if {
	count(control.fail) == 1 with input as of([object.union(provenance, {"standing": "invalid"})])
	count(control.fail) == 1 with input as of([object.union(provenance, {"standing": "revoked"})])
}

test_another_source_fails if {
	expected := object.union(with_builders(3), {"source_repositories": ["https://git.acme.invalid/other"]})
	count(control.fail) == 1 with input as of([provenance]) with data.headworks.parameters as expected
}

test_a_summary_that_passed_counts_and_one_that_failed_fails if {
	count(control.pass) == 1 with input as of([summary])
	failed := object.union(summary, {"claims": {"result": "FAILED", "levels": "SLSA_BUILD_LEVEL_3"}})
	count(control.fail) == 1 with input as of([failed])
	control.pass == set() with input as of([failed])
}

test_a_statement_about_one_file_shows_nothing_of_the_others if {
	partial := object.union(provenance, {"uncovered": {"model.bin": "the statement does not name it", ".gitattributes": "the same"}})
	count(control.hold) == 2 with input as of([partial]) with data.headworks.parameters as with_builders(3)
	described := object.union(provenance, {"uncovered": {"README.md": "the statement does not name it"}})
	files := [{"path": "README.md", "formats": ["model-card"]}]
	card := object.union(of([described]), {"files": files})
	control.hold == set() with input as card with data.headworks.parameters as with_builders(3)
}

test_a_dirty_tree_fails if {
	dirty := object.union(provenance, {"claims": object.union(provenance.claims, {"source_dirty": "true"})})
	count(control.fail) == 1 with input as of([dirty]) with data.headworks.parameters as with_builders(3)
	tidy := object.union(provenance, {"claims": object.union(provenance.claims, {"source_dirty": "false"})})
	control.fail == set() with input as of([tidy]) with data.headworks.parameters as with_builders(3)
}

with_source(level) := object.union(with_builders(3), {"slsa_source_level_min": level})

built := object.union(provenance, {"claims": object.union(provenance.claims, {"source_commit": "c0ffee"})})

review(commit, levels) := {
	"source": "source.json", "predicate_type": "https://slsa.dev/verification_summary/v1", "standing": "enrolled",
	"publisher": "forge", "reason": "signed by `forge`",
	"claims": {"result": "PASSED", "levels": levels, "commit": commit, "resource": "git+https://git.acme.invalid/model"},
}

test_a_reviewed_source_passes_when_it_is_asked_for if {
	of_level := of([built, review("c0ffee", "SLSA_SOURCE_LEVEL_4")])
	count(control.pass) == 2 with input as of_level with data.headworks.parameters as with_source(4)
	control.hold == set() with input as of_level with data.headworks.parameters as with_source(4)
}

test_a_review_of_another_commit_repository_or_level_holds if {
	count(control.hold) == 1 with input as of([built]) with data.headworks.parameters as with_source(4)
	count(control.hold) == 1 with input as of([built, review("decaf0", "SLSA_SOURCE_LEVEL_4")]) with data.headworks.parameters as with_source(4)
	count(control.hold) == 1 with input as of([built, review("c0ffee", "SLSA_SOURCE_LEVEL_3")]) with data.headworks.parameters as with_source(4)
	review4 := review("c0ffee", "SLSA_SOURCE_LEVEL_4")
	other := object.union(review4, {"claims": object.union(review4.claims, {"resource": "git+https://git.acme.invalid/other"})})
	count(control.hold) == 1 with input as of([built, other]) with data.headworks.parameters as with_source(4)
}

test_a_review_of_the_source_is_no_build_level if {
	count(control.hold) == 1 with input as of([review("c0ffee", "SLSA_BUILD_LEVEL_3")])
}
