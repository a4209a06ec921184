package headworks.test.hw_ser_01

import data.headworks.controls.hw_ser_01 as control
import rego.v1

of(formats, faults) := {"tier": "high-risk", "now_ms": 1772323200000, "formats": formats, "findings": [], "faults": faults}

test_a_format_that_runs_code_fails if {
	some failed in control.fail with input as of({"pickle": {"times": 1, "files": 1, "paths": ["model.bin"]}}, [])
	failed.reason == "pickle can run code when it is loaded: `model.bin`"
}

test_a_format_that_runs_none_does_not if {
	control.fail == set() with input as of({"safetensors": {"times": 1, "files": 1, "paths": ["model.safetensors"]}}, [])
}

test_what_is_not_understood_may_be_of_any_format if {
	fault := {"kind": "unrecognised", "files": 1, "paths": ["a"], "place": "a", "formats": [], "description": "no known format claims the bytes", "times": 1}
	count(control.hold) == 1 with input as of({}, [fault])
}
