package headworks.controls.hw_ser_04

import rego.v1

metadata := {
	"control": "HW-SER-04",
	"title": "Strict structural validation of safe formats",
	"failure": "A tensor file breaks the rules of its format, which native parsers trust.",
	"solution": "fetch the file again from its publisher and compare digests, or write it anew with the format's own library",
	"established_by": "Headers, tensor tables, extents and metadata are checked against the real length of the file, byte for byte.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no safetensors, GGUF, GGML or NumPy file")
