package headworks.test.hw_inv_02

import data.headworks.controls.hw_inv_02 as control
import data.headworks.parameters
import rego.v1

whole := {element: "present" | some element in parameters.bom_elements_required}

of(elements) := {"tier": "production", "now_ms": 1772323200000, "findings": [], "elements": elements}

reasons(found) := {each.reason | some each in found}

test_what_is_required_and_known_passes if {
	count(control.pass) == 1 with input as of(whole)
	control.hold == set() with input as of(whole)
}

test_what_somebody_only_says_is_known if control.hold == set() with input as of(object.union(whole, {"MDL-12": "stated"}))

test_an_absent_element_holds if {
	found := control.hold with input as of(object.union(whole, {"MDL-12": "absent"}))
	reasons(found) == {"its bill of materials lacks the elements MDL-12"}
}

test_an_element_that_is_not_required_may_be_absent if control.hold == set() with input as of(object.union(whole, {"SLP-06": "absent"}))

test_a_contradicted_element_holds if {
	found := control.hold with input as of(object.union(whole, {"MDL-12": "contradicted"}))
	reasons(found) == {"sources contradict each other about the elements MDL-12"}
}

test_no_bill_of_materials_holds if {
	count(control.hold) == 1 with input as of({})
	control.pass == set() with input as of({})
}
