package headworks.controls.hw_inv_01

import data.headworks.lib
import rego.v1

metadata := {
	"control": "HW-INV-01",
	"title": "Asset identification",
	"failure": "A file is not what its name tells a loader.",
	"solution": "fetch missing bytes, remove files that nothing reads, and name each file after what it is",
	"established_by": "Every file is recognised by its bytes and read by each parser that claims them; names decide nothing.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := union({data.headworks.lib.holds(metadata.control), unasked, unexplained, undecided, empty})

pass contains sprintf("files recognised by their bytes: %d", [count(input.files)]) if count(input.files) > 0

# A fault must count somewhere. If the tier asks for none of the controls that need the bytes, it counts here.
unasked := data.headworks.lib.fault_reasons({fault |
	some needed in lib.needs
	count(needed.controls & lib.asked) == 0
	fault := needed.fault
})

# Nothing says what is wrong with these files, but nothing has accounted for all of their bytes either.
unexplained contains {"reason": sprintf("not accounted for to the last byte: %s", [data.headworks.lib.listed(paths)]), "findings": []} if {
	paths := {file.path | some file in input.files; file.understanding != "whole"; file.faults == 0}
	count(paths) > 0
}

# A finding against a control that no rule of this policy decides would otherwise count for nothing.
undecided := data.headworks.lib.finding_reasons({finding |
	some finding in input.findings
	lib.rank[finding.severity] >= lib.rank[lib.tier.hold_at]
	count({control | some control in finding.controls} & decided) == 0
})

decided := {control | some tier in lib.parameters.tiers; some control in tier.mandatory}

empty contains {"reason": "the artifact has no files", "findings": []} if count(input.files) == 0
