package headworks.controls.hw_prv_01

import rego.v1

metadata := {
	"control": "HW-PRV-01",
	"title": "Model provenance record",
	"failure": "It is not shown to hold.",
	"solution": "name the artifact with --artifact-name (a purl with its version), keep its card beside it, or attach signed provenance with --attestation",
	"established_by": "Origin, version, publisher, licence, base model, datasets and evaluation are recorded with the source of each value and what it rests on; what is unknown is recorded as unknown.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

known := {field | some field, values in input.provenance; count(values) > 0}

unknown := {field | some field, values in input.provenance; count(values) == 0}

missing := {field | some field in data.headworks.lib.parameters.provenance_required; not field in known}

hold contains {"reason": sprintf("nobody says its %s", [concat(", ", sort(missing))]), "findings": []} if count(missing) > 0

pass contains sprintf("known: %s; unknown: %s", [named(known), named(unknown)]) if count(known) > 0

named(fields) := concat(", ", sort(fields)) if count(fields) > 0

named(fields) := "nothing" if count(fields) == 0
