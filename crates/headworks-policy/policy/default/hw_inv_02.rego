package headworks.controls.hw_inv_02

import rego.v1

metadata := {
	"control": "HW-INV-02",
	"title": "AIBOM generation and completeness",
	"failure": "It is not shown to hold.",
	"solution": "see `headworks bom PATH --format elements`: complete the card and the configuration, and name the artifact by a purl with its full revision",
	"established_by": "A bill of materials was made from what was read, and knows every element that the policy requires; sources that contradict each other count as nothing known.",
}

parameters := data.headworks.lib.parameters

elements := object.get(input, "elements", {})

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

absent := {element |
	some element in parameters.bom_elements_required
	state := object.get(elements, element, "absent")
	state == "absent"
}

contradicted := {element |
	some element in parameters.bom_elements_required
	state := object.get(elements, element, "absent")
	state == "contradicted"
}

known := {element | some element, state in elements; state != "absent"}

hold contains {"reason": sprintf("its bill of materials lacks the elements %s", [concat(", ", sort(absent))]), "findings": []} if count(absent) > 0

hold contains {"reason": sprintf("sources contradict each other about the elements %s", [concat(", ", sort(contradicted))]), "findings": []} if count(contradicted) > 0

pass contains sprintf("%d of %d minimum elements are known", [count(known), count(elements)]) if count(known) > 0
