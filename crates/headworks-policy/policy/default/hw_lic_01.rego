package headworks.controls.hw_lic_01

import rego.v1

metadata := {
	"control": "HW-LIC-01",
	"title": "Licence and use-restriction check",
	"failure": "A licence forbids the use that the policy names.",
	"solution": "use an artifact under another licence, or have the terms reviewed and list the licence in `licences_accepted` of the policy's data",
	"established_by": "Every licence that cards and signed statements name is one that the policy knows and whose terms allow the use that the policy names; terms that bind whoever uses the artifact were accepted by name.",
}

parameters := data.headworks.lib.parameters

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

values := object.get(input, ["provenance", "licence"], [])

# Licences by their lower-case names.
names := {lower(value.value) | some value in values}

kinds(licence) := [kind | some kind, licences in parameters.licences; licence in licences]

accepted(licence) if licence in {lower(each) | some each in parameters.licences_accepted}

hold contains {"reason": "nobody says under which licence it is", "findings": []} if count(names) == 0

hold contains {"reason": sprintf("the policy does not know the licence `%s` of %s", [licence, sources(licence)]), "findings": []} if {
	some licence in names
	of := kinds(licence)
	count(of) == 0
	not accepted(licence)
}

hold contains {"reason": sprintf("the licence `%s` of %s binds its users to terms that nobody accepted (%s)", [licence, sources(licence), kind]), "findings": []} if {
	some licence in names
	some kind in kinds(licence)
	kind in parameters.licence_kinds_to_accept
	not accepted(licence)
}

fail contains {"reason": sprintf("the licence `%s` of %s forbids %s use", [licence, sources(licence), use]), "findings": []} if {
	some licence in names
	some kind in kinds(licence)
	some use in parameters.licence_kinds_forbid[kind]
	use in parameters.licence_uses
	not accepted(licence)
}

# What a signer says and what the card says must be one.
hold contains {"reason": "signers and cards name different licences", "findings": []} if {
	verified := {lower(value.value) | some value in values; value.basis == "verified"}
	stated := {lower(value.value) | some value in values; value.basis != "verified"}
	count(verified) > 0
	count(stated - verified) > 0
}

sources(licence) := concat(", ", sort(found)) if {
	found := {value.source | some value in values; lower(value.value) == licence}
}

pass contains sprintf("licences: %s", [concat(", ", sort(names))]) if count(names) > 0
