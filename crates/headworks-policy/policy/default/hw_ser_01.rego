package headworks.controls.hw_ser_01

import data.headworks.lib
import rego.v1

metadata := {
	"control": "HW-SER-01",
	"title": "Serialization allow-list",
	"failure": "A format of the artifact can run code when it is loaded.",
	"solution": "convert the weights to safetensors in isolation, and check the result",
	"established_by": "The formats found at any depth are compared with those that the policy's data says run code.",
}

fail := union({data.headworks.lib.fails(metadata.control), running})

# What is not understood may be of any format.
hold := union({data.headworks.lib.holds(metadata.control), data.headworks.lib.fault_reasons(input.faults)})

pass contains "no file of a format that can run code when it is loaded"

running contains {"reason": reason, "findings": []} if {
	some format, seen in input.formats
	lib.parameters.formats[format].runs_code
	reason := sprintf("%s can run code when it is loaded: %s", [format, data.headworks.lib.listed_of(seen.paths, seen.files)])
}
