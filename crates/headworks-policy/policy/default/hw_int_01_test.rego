package headworks.test.hw_int_01

import data.headworks.controls.hw_int_01 as control
import rego.v1

of(digest) := {
	"tier": "minimal",
	"now_ms": 1772323200000,
	"artifact": {"digest": "sha256:tree"},
	"files": [{"path": "a", "bytes": 8, "digest": digest, "formats": [], "understanding": "whole", "faults": 0}],
	"formats": {},
	"findings": [],
	"faults": [],
}

test_hashed_files_pass if {
	control.hold == set() with input as of("sha256:aa")
	control.pass == {"files hashed: 1, with the tree digest sha256:tree"} with input as of("sha256:aa")
}

test_a_file_without_digest_holds if {
	some held in control.hold with input as of(null)
	held.reason == "not hashed, because it could not be read to its end: `a`"
}
