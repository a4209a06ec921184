package headworks.test.hw_sig_01

import data.headworks.controls.hw_sig_01 as control
import rego.v1

signature := {"source": "model.sig", "method": "key", "standing": "enrolled", "publisher": "acme", "reason": "signed by `acme`"}

of(signatures) := {
	"tier": "standard",
	"now_ms": 1772323200000,
	"files": [
		{"path": "model.bin", "formats": ["pickle"]},
		{"path": "README.md", "formats": ["text"]},
		{"path": ".gitattributes", "formats": ["text"]},
	],
	"signatures": signatures,
	"trust": {"version": 1, "digest": "sha256:aa", "signed_before_by": null},
}

with_field(name, value) := object.union(signature, {name: value})

test_a_signature_of_an_enrolled_publisher_over_every_file_passes if {
	control.pass == {"`acme` signed every file (`model.sig`, key)"} with input as of([signature])
	control.hold == set() with input as of([signature])
	control.fail == set() with input as of([signature])
}

test_nothing_signed_holds if {
	count(control.hold) == 1 with input as of([])
	control.fail == set() with input as of([])
}

test_a_stranger_holds_and_a_revoked_or_broken_signature_fails if {
	count(control.hold) == 1 with input as of([with_field("standing", "unknown")])
	control.fail == set() with input as of([with_field("standing", "unknown")])
	count(control.fail) == 1 with input as of([with_field("standing", "revoked")])
	count(control.fail) == 1 with input as of([with_field("standing", "invalid")])
}

test_a_stranger_beside_an_enrolled_signer_does_not_hold if {
	control.hold == set() with input as of([signature, with_field("standing", "unknown")])
}

test_altered_files_fail if {
	some reason in control.fail with input as of([with_field("problems", ["`a` was altered"])])
	contains(reason.reason, "`a` was altered")
}

test_a_loadable_file_that_is_not_covered_fails_and_another_holds if {
	count(control.fail) == 1 with input as of([with_field("uncovered", {"model.bin": "left out by the signer"})])
	count(control.hold) == 1 with input as of([with_field("uncovered", {"README.md": "left out by the signer"})])
	control.hold == set() with input as of([with_field("uncovered", {".gitattributes": "left out by OMS"})])
}

test_a_signature_that_was_there_before_and_is_not_now_fails if {
	before := object.union(of([]), {"trust": {"version": 1, "digest": "sha256:aa", "signed_before_by": "acme"}})
	count(control.fail) == 1 with input as before
}
