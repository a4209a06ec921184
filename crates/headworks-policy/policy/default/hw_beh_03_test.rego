package headworks.test.hw_beh_03

import data.headworks.controls.hw_beh_03 as control
import rego.v1

result(standing, outcome) := {
	"source": "eval.json", "predicate_type": "https://in-toto.io/attestation/test-result/v0.1", "standing": standing,
	"publisher": "lab", "reason": "why", "digest": "sha256:dd", "claims": {"result": outcome, "failed_tests": "truthfulness"},
}

plans(registered, logged) := {"plans": [{"result": "sha256:dd", "plan": "sha256:ee", "registered_at": registered, "logged_at": logged}]}

of(attestations) := {
	"tier": "production", "now_ms": 1772323200000, "findings": [], "files": [], "attestations": attestations,
	"history": plans(3, 8),
}

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

test_thresholds_that_came_after_the_result_or_never_hold if {
	late := object.union(of([result("enrolled", "PASSED")]), {"history": plans(9, 8)})
	count(control.hold) == 2 with input as late
	control.pass == set() with input as late
	never := object.union(of([result("enrolled", "PASSED")]), {"history": {"plans": [{"result": "sha256:dd", "plan": "sha256:ee"}]}})
	count(control.hold) == 2 with input as never
	none := object.union(of([result("enrolled", "PASSED")]), {"history": {"plans": []}})
	count(control.hold) == 2 with input as none
}

test_an_organisation_may_do_without_plans if {
	without := object.union(data.headworks.parameters, {"evaluation_plan_required": false})
	none := object.union(of([result("enrolled", "PASSED")]), {"history": {"plans": []}})
	count(control.pass) == 1 with input as none with data.headworks.parameters as without
	control.hold == set() with input as none with data.headworks.parameters as without
}

test_a_result_about_one_file_is_none_about_the_others if {
	partial := object.union(result("enrolled", "PASSED"), {"uncovered": {"model.bin": "the statement does not name it"}})
	control.pass == set() with input as of([partial])
	count(control.hold) == 2 with input as of([partial])
}
