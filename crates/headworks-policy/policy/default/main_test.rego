package headworks.test.main

import data.headworks.policy
import rego.v1

understood := {
	"tier": "minimal",
	"now_ms": 1772323200000,
	"artifact": {"name": "bert-tiny", "digest": "sha256:aa"},
	"files": [{"path": "model.safetensors", "bytes": 8, "digest": "sha256:bb", "formats": ["safetensors"], "understanding": "whole", "faults": 0}],
	"formats": {"safetensors": {"times": 1, "files": 1, "paths": ["model.safetensors"]}},
	"findings": [],
	"faults": [],
}

with_finding(severity, control) := object.union(understood, {"findings": [{
	"rule": "a-rule", "severity": severity, "confidence": "high", "controls": [control],
	"path": "a.bin", "place": "a.bin > b", "message": "it is so", "fingerprint": "sha256:cc",
}]})

requirement(control) := found if {
	some found in policy.requirements
	found.control == control
}

test_each_control_is_decided_once if {
	controls := [found.control | some found in policy.requirements] with input as understood
	count(controls) == count({control | some control in controls})
	count(controls) == 34
}

test_what_is_understood_passes_all_that_is_asked_for if {
	every found in policy.requirements {
		passes_or_is_not_asked_for(found)
	} with input as understood
}

passes_or_is_not_asked_for(found) if found.outcome == "pass"

passes_or_is_not_asked_for(found) if not found.mandatory

test_a_failure_names_rule_place_and_finding if {
	found := requirement("HW-SER-02") with input as with_finding("critical", "HW-SER-02")
	found.outcome == "fail"
	found.reasons == ["critical `a-rule` in `a.bin > b`: it is so"]
	found.findings == ["sha256:cc"]
	found.solution != ""
}

test_a_passing_control_needs_no_solution if {
	found := requirement("HW-SER-02") with input as understood
	found.solution == ""
}

test_a_weaker_finding_leaves_the_control_not_established if {
	found := requirement("HW-SER-02") with input as with_finding("medium", "HW-SER-02")
	found.outcome == "not_established"
}

test_a_note_decides_nothing if {
	found := requirement("HW-SER-02") with input as with_finding("info", "HW-SER-02")
	found.outcome == "pass"
}

test_a_rule_without_result_is_not_established if data.headworks.policy.outcome({"metadata": {}}) == "not_established"

test_a_rule_that_says_nothing_is_not_established if {
	data.headworks.policy.outcome({"fail": set(), "hold": set(), "pass": set()}) == "not_established"
}

test_a_rule_without_fail_does_not_pass if data.headworks.policy.outcome({"hold": set(), "pass": {"so"}}) == "not_established"

test_a_rule_without_hold_does_not_pass if data.headworks.policy.outcome({"fail": set(), "pass": {"so"}}) == "not_established"

test_failure_outranks_missing_evidence if {
	data.headworks.policy.outcome({"fail": {{"reason": "a"}}, "hold": {{"reason": "b"}}, "pass": set()}) == "fail"
}

test_what_cannot_be_recorded_is_not_established_and_says_what_it_needs if {
	found := requirement("HW-DEP-02") with input as understood
	found.outcome == "not_established"
	not found.mandatory
	contains(found.reasons[0], "the time of release")
}

test_a_finding_fails_a_control_without_evidence if {
	found := requirement("HW-DEP-02") with input as with_finding("high", "HW-DEP-02")
	found.outcome == "fail"
}

test_the_catalogue_needs_no_input if count(policy.catalogue) == 34
