package headworks.controls.hw_ser_03

import rego.v1

metadata := {
	"control": "HW-SER-03",
	"title": "Computation-graph and architecture inspection",
	"failure": "A graph or an architecture runs more than its layers, or takes something from outside of the artifact.",
	"solution": "export the model with the framework's own operators, or have the operator, layer or object reviewed and waive the control for exactly these bytes",
	"established_by": "Every operator, layer and object that a graph asks for is compared with the lists of its framework, and the paths from input to output are followed.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no computation graph and no architecture that a loader builds by name")
