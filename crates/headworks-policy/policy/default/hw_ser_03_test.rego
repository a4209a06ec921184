package headworks.test.hw_ser_03

import data.headworks.controls.hw_ser_03 as control
import rego.v1

of(format, faults) := {
	"tier": "minimal",
	"now_ms": 1772323200000,
	"formats": {format: {"times": 2, "files": 2, "paths": ["a", "b"]}},
	"findings": [],
	"faults": faults,
}

fault(format) := {"kind": "truncated", "files": 1, "paths": ["a"], "place": "a", "formats": [format], "description": "it ends early", "times": 1}

test_files_that_were_read_to_the_end_pass if {
	control.pass == {"read to the end, with nothing found against it: 2 × onnx"} with input as of("onnx", [])
	control.fail == set() with input as of("onnx", [])
	control.hold == set() with input as of("onnx", [])
}

test_absence_passes_and_says_so if {
	some reason in control.pass with input as of("safetensors", [])
	startswith(reason, "no ")
}

test_a_fault_holds if {
	some held in control.hold with input as of("onnx", [fault("onnx")])
	held.reason == "`a` is not wholly understood: it ends early"
}

test_a_fault_elsewhere_does_not if control.hold == set() with input as of("onnx", [fault("safetensors")])
