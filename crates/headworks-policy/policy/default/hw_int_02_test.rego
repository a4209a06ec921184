package headworks.test.hw_int_02

import data.headworks.controls.hw_int_02 as control
import rego.v1

files := [{"path": "model.safetensors", "digest": "sha256:bb"}]

of(history) := {
	"tier": "production", "now_ms": 1772323200000, "findings": [], "files": files, "recorded": true, "history": history,
}

checkpoint(standing, newest) := {"known_as": "bert", "checkpoint": {
	"run": "bert-7", "step": 500, "newest_step": 900, "newest": newest, "standing": standing,
	"publisher": "acme", "reason": "why",
}}

before(name) := {"known_as": name, "admitted_before": {"artifact": "sha256:cc", "decided_at_ms": 0}}

test_recorded_bytes_pass if {
	count(control.pass) == 1 with input as of({"known_as": "bert"})
	control.fail == set() with input as of({"known_as": "bert"})
	control.hold == set() with input as of({"known_as": "bert"})
}

test_without_a_record_or_a_digest_it_holds if {
	count(control.hold) == 1 with input as object.union(of({}), {"recorded": false})
	count(control.hold) == 1 with input as object.union(of({}), {"files": [{"path": "a", "digest": null}]})
}

test_a_version_with_other_bytes_fails_and_a_name_that_moves_on_does_not if {
	count(control.fail) == 1 with input as of(before("pkg:huggingface/acme/bert@4f2a"))
	control.fail == set() with input as of(before("pkg:huggingface/acme/bert"))
	control.fail == set() with input as of(before("out@2"))
}

test_the_newest_checkpoint_of_an_enrolled_run_passes if {
	count(control.pass) == 2 with input as of(checkpoint("enrolled", true))
	control.hold == set() with input as of(checkpoint("enrolled", true))
}

test_an_older_one_or_a_strangers_run_holds if {
	count(control.hold) == 1 with input as of(checkpoint("enrolled", false))
	count(control.hold) == 1 with input as of(checkpoint("unknown", true))
}

test_a_broken_or_revoked_run_fails if {
	count(control.fail) == 1 with input as of(checkpoint("invalid", false))
	count(control.fail) == 1 with input as of(checkpoint("revoked", true))
}
