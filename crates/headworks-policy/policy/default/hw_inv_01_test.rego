package headworks.test.hw_inv_01

import data.headworks.controls.hw_inv_01 as control
import rego.v1

of(tier, understanding, faults) := {
	"tier": tier,
	"now_ms": 1772323200000,
	"files": [{"path": "a", "bytes": 8, "digest": "sha256:aa", "formats": [], "understanding": understanding, "faults": count(faults)}],
	"formats": {},
	"findings": [],
	"faults": faults,
}

fault(kind, formats) := {"kind": kind, "files": 1, "paths": ["a"], "place": "a", "formats": formats, "description": "so", "times": 1}

test_a_file_that_is_recognised_passes if {
	control.hold == set() with input as of("minimal", "whole", [])
	control.pass == {"files recognised by their bytes: 1"} with input as of("minimal", "whole", [])
}

test_unrecognised_bytes_hold if {
	count(control.hold) == 1 with input as of("minimal", "none", [fault("unrecognised", [])])
}

test_missing_bytes_hold if count(control.hold) == 1 with input as of("minimal", "none", [fault("absent", ["git-lfs"])])

test_a_fault_that_another_control_answers_for_is_left_to_it if {
	control.hold == set() with input as of("minimal", "partial", [fault("malformed", ["pickle"])])
}

test_a_fault_that_no_control_of_the_tier_answers_for_holds if {
	count(control.hold) == 1 with input as of("observe", "partial", [fault("malformed", ["pickle"])])
}

test_a_file_that_nothing_accounts_for_holds if {
	some held in control.hold with input as of("minimal", "none", [])
	held.reason == "not accounted for to the last byte: `a`"
}

test_a_finding_that_no_rule_decides_holds if {
	finding := {"rule": "r", "severity": "high", "controls": ["HW-XXX-99"], "path": "a", "place": "a", "message": "m", "fingerprint": "sha256:cc"}
	found := object.union(of("minimal", "whole", []), {"findings": [finding]})
	count(control.hold) == 1 with input as found
}

test_nothing_is_not_identified if {
	nothing := object.union(of("minimal", "whole", []), {"files": []})
	some held in control.hold with input as nothing
	held.reason == "the artifact has no files"
}
