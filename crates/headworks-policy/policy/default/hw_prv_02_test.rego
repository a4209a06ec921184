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

of(attestations) := {"tier": "production", "now_ms": 1772323200000, "attestations": attestations}

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
