package headworks.test.hw_lic_01

import data.headworks.controls.hw_lic_01 as control
import rego.v1

value(basis, licence) := {"basis": basis, "value": licence, "source": "README.md"}

of(values) := {"tier": "standard", "now_ms": 1772323200000, "findings": [], "provenance": {"licence": values}}

reasons(found) := {each.reason | some each in found}

test_a_licence_that_allows_the_use_passes if {
	control.pass == {"licences: apache-2.0"} with input as of([value("stated", "Apache-2.0")])
	control.hold == set() with input as of([value("stated", "Apache-2.0")])
	control.fail == set() with input as of([value("stated", "Apache-2.0")])
}

test_a_licence_that_forbids_the_use_fails if {
	found := control.fail with input as of([value("stated", "cc-by-nc-4.0")])
	reasons(found) == {"the licence `cc-by-nc-4.0` of README.md forbids commercial use"}
}

test_a_licence_that_forbids_another_use_does_not_fail if {
	found := control.fail with input as of([value("stated", "cc-by-nc-4.0")]) with data.headworks.parameters.licence_uses as ["research"]
	found == set()
}

test_terms_that_bind_hold_until_they_are_accepted if {
	found := control.hold with input as of([value("stated", "llama3.1")])
	reasons(found) == {"the licence `llama3.1` of README.md binds its users to terms that nobody accepted (use-restricted)"}
	accepted := control.hold with input as of([value("stated", "llama3.1")]) with data.headworks.parameters.licences_accepted as ["Llama3.1"]
	accepted == set()
}

test_an_unknown_licence_holds if {
	found := control.hold with input as of([value("stated", "acme-terms")])
	reasons(found) == {"the policy does not know the licence `acme-terms` of README.md"}
}

test_no_licence_at_all_holds if {
	found := control.hold with input as of([])
	reasons(found) == {"nobody says under which licence it is"}
}

test_a_signer_and_a_card_that_differ_hold if {
	found := control.hold with input as of([value("verified", "mit"), value("stated", "apache-2.0")])
	reasons(found) == {"signers and cards name different licences"}
	same := control.hold with input as of([value("verified", "MIT"), value("stated", "mit")])
	same == set()
}
