package headworks.controls.hw_log_01

import rego.v1

metadata := {
	"control": "HW-LOG-01",
	"title": "Append-only evidence log and graph",
	"failure": "It is not shown to hold.",
	"solution": "check with a store, whose log no one can rewrite",
	"established_by": "Every verdict is signed and appended to a log of signed checkpoints, which proves what it holds and that it only grew.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

hold contains {"reason": "the verdict is not recorded", "findings": []} if not input.recorded

pass contains "the verdict is signed and appended to the log" if input.recorded
