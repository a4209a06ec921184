package headworks.test.hw_prv_06

import data.headworks.controls.hw_prv_06 as control
import rego.v1

signature := {"source": "model.sig", "standing": "enrolled", "publisher": "acme", "method": "key"}

of(signatures, before) := {
	"tier": "production", "now_ms": 1772323200000, "findings": [], "signatures": signatures, "attestations": [],
	"history": {"known_as": "pkg:huggingface/acme/bert"}, "trust": {"version": 1, "digest": "sha256:aa", "signed_before_by": before},
}

test_an_enrolled_signer_of_the_name_passes if {
	count(control.pass) == 1 with input as of([signature], null)
	control.hold == set() with input as of([signature], null)
	control.fail == set() with input as of([signature], null)
}

test_another_signer_than_before_fails if {
	count(control.fail) == 1 with input as of([signature], "globex")
	count(control.fail) == 1 with input as of([], "acme")
}

test_no_signer_or_no_store_holds if {
	count(control.hold) == 1 with input as of([], null)
	count(control.hold) == 1 with input as object.union(of([signature], null), {"trust": null})
}
