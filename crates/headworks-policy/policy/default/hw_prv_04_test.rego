package headworks.test.hw_prv_04

import data.headworks.controls.hw_prv_04 as control
import rego.v1

claims := {
	"build_type": "https://github.com/headworks/headworks/buildtypes/train/v1", "mixture": "stated", "hyperparameters": "stated",
	"seeds": "stated", "succeeded": "true", "complete": "true", "source_dirty": "false",
}

of(standing, changed) := {
	"tier": "high-risk", "now_ms": 1772323200000, "findings": [], "faults": [],
	"attestations": [{
		"source": "run.json", "predicate_type": "https://slsa.dev/provenance/v1", "standing": standing, "publisher": "acme",
		"reason": "why", "claims": object.union(claims, changed),
	}],
}

test_a_whole_manifest_of_an_enrolled_signer_passes if {
	count(control.pass) == 1 with input as of("enrolled", {})
	control.hold == set() with input as of("enrolled", {})
	control.fail == set() with input as of("enrolled", {})
}

test_uncommitted_code_or_a_failed_run_fails if {
	count(control.fail) == 1 with input as of("enrolled", {"source_dirty": "true"})
	count(control.fail) == 1 with input as of("enrolled", {"succeeded": "false"})
	count(control.fail) == 1 with input as of("revoked", {})
}

test_what_is_not_stated_holds_and_is_named if {
	some held in control.hold with input as of("enrolled", {"seeds": ""})
	contains(held.reason, "`seeds`")
	control.pass == set() with input as of("enrolled", {"seeds": ""})
}

test_a_stranger_and_another_kind_of_build_hold if {
	count(control.hold) == 1 with input as of("unknown", {})
	count(control.hold) == 1 with input as of("enrolled", {"build_type": "https://ci.invalid/build"})
}
