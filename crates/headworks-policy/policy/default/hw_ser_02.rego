package headworks.controls.hw_ser_02

import rego.v1

metadata := {
	"control": "HW-SER-02",
	"title": "Static inspection of serialized artifacts",
	"failure": "A serialized file runs code that nobody allowed, or an archive hides what it holds.",
	"solution": "export the weights as safetensors, or have the callables reviewed and allowed (`headworks allow`); fetch a damaged file again",
	"established_by": "Pickle streams and the archives around them are taken apart without being run, and every import and call is compared with the allow-list profiles.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no serialized code-bearing file and no archive")
