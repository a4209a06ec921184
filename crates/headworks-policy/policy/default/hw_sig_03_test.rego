package headworks.test.hw_sig_03

import data.headworks.controls.hw_sig_03 as control
import rego.v1

of(standing, trust) := {
	"tier": "production",
	"now_ms": 1772323200000,
	"signatures": [{"source": "model.sig", "standing": standing, "reason": "why"}],
	"attestations": [],
	"trust": trust,
}

store := {"version": 3, "digest": "sha256:aa", "signed_before_by": null}

test_an_enrolled_signer_of_a_reviewed_store_passes if {
	control.pass == {"version 3 of the trust store, sha256:aa"} with input as of("enrolled", store)
	control.hold == set() with input as of("enrolled", store)
	control.fail == set() with input as of("enrolled", store)
}

test_a_revoked_signer_fails if count(control.fail) == 1 with input as of("revoked", store)

test_a_stale_store_and_no_store_hold if {
	count(control.hold) == 1 with input as of("stale", store)
	count(control.hold) == 1 with input as of("enrolled", null)
}
