package headworks.controls.hw_cfg_01

import rego.v1

metadata := {
	"control": "HW-CFG-01",
	"title": "Executable configuration inspection",
	"failure": "Configuration names code, a repository or a path that would be loaded with the model.",
	"solution": "remove the key, or vendor and check the code that it names",
	"established_by": "JSON and YAML documents are parsed, and each key that names code, a repository or a path is judged.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no JSON or YAML configuration")
