package headworks.test.hw_beh_03

import data.headworks.controls.hw_beh_03 as control
import rego.v1

result(standing, outcome) := {
	"source": "eval.json", "predicate_type": "https://in-toto.io/attestation/test-result/v0.1", "standing": standing,
	"publisher": "lab", "reason": "why", "claims": {"result": outcome, "failed_tests": "truthfulness"},
}

of(attestations) := {"tier": "production", "now_ms": 1772323200000, "attestations": attestations}

test_a_result_that_passed_counts if {
	count(control.pass) == 1 with input as of([result("enrolled", "PASSED")])
	control.hold == set() with input as of([result("enrolled", "PASSED")])
}

test_one_that_failed_or_does_not_hold_fails if {
	count(control.fail) == 1 with input as of([result("enrolled", "FAILED")])
	count(control.fail) == 1 with input as of([result("invalid", "PASSED")])
}

test_a_stranger_and_nobody_hold if {
	count(control.hold) == 2 with input as of([result("unknown", "PASSED")])
	count(control.hold) == 1 with input as of([])
}
