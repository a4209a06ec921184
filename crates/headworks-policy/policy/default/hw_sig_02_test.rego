package headworks.test.hw_sig_02

import data.headworks.controls.hw_sig_02 as control
import rego.v1

of(recorded) := {"tier": "production", "now_ms": 1772323200000, "findings": [], "recorded": recorded, "unsignable": null}

test_a_recorded_verdict_passes if {
	count(control.pass) == 1 with input as of(true)
	control.hold == set() with input as of(true)
}

test_without_a_store_nothing_is_signed if {
	count(control.hold) == 1 with input as of(false)
	control.pass == set() with input as of(false)
}

test_names_that_cannot_be_signed_hold if {
	twins := object.union(of(true), {"unsignable": "the names `A` and `a` are one file on some systems"})
	count(control.hold) == 1 with input as twins
	control.pass == set() with input as twins
}
