package headworks.controls.hw_cfg_03

import rego.v1

metadata := {
	"control": "HW-CFG-03",
	"title": "Companion script, notebook and documentation inspection",
	"failure": "A script, notebook, text or executable beside the weights acts or misleads.",
	"solution": "remove the file from the artifact, or have it reviewed and waive the control for exactly these bytes",
	"established_by": "Sources, notebooks, texts and executables are read for effects at import time, shell magics, hidden characters and machine code.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no script, notebook, text or executable")
