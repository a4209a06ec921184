package headworks.test.hw_prv_01

import data.headworks.controls.hw_prv_01 as control
import rego.v1

value := {"basis": "stated", "value": "x", "source": "README.md"}

whole := {
	"origin": [value], "version": [value], "publisher": [value], "licence": [value],
	"base_model": [], "datasets": [], "evaluation": [],
}

of(provenance) := {"tier": "standard", "now_ms": 1772323200000, "findings": [], "provenance": provenance}

test_what_is_required_and_known_passes_and_names_the_unknown if {
	control.pass == {"known: licence, origin, publisher, version; unknown: base_model, datasets, evaluation"} with input as of(whole)
	control.hold == set() with input as of(whole)
}

test_a_field_without_a_value_holds if {
	{found.reason | some found in control.hold} == {"nobody says its licence"} with input as of(object.union(whole, {"licence": []}))
}

test_no_record_at_all_holds if {
	count(control.hold) == 1 with input as of({})
	control.pass == set() with input as of({})
}
