package headworks.controls.hw_sig_02

import rego.v1

metadata := {
	"control": "HW-SIG-02",
	"title": "Re-signing at ingestion",
	"failure": "It is not shown to hold.",
	"solution": "check with a store, so that what is admitted is signed and logged",
	"established_by": "What is admitted gets a signature of the gate over every file, and the verdict a signed summary, both in the log.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

hold contains {"reason": "the verdict is not recorded, so nothing is signed", "findings": []} if not input.recorded

hold contains {"reason": sprintf("its files cannot be signed: %s", [input.unsignable]), "findings": []} if {
	input.unsignable != null
}

pass contains "the gate signs what it admits and logs the verdict" if {
	input.recorded
	input.unsignable == null
}
