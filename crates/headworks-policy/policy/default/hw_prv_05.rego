package headworks.controls.hw_prv_05

import rego.v1

metadata := {
	"control": "HW-PRV-05",
	"title": "Lineage graph and signature chain",
	"failure": "Something that it was made from was refused here.",
	"solution": "check what it was made from first, and attach the signed record of each step (`headworks run`, `headworks attest link`) with --attestation",
	"established_by": "Enrolled signers say what it was made from, by digest, and each of those was admitted here at the same tier: so every hop of the chain is verified back to its beginnings.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

lineage_types := {
	"https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2", "https://in-toto.io/attestation/link/v0.3",
}

lineage := [each |
	some each in input.attestations
	each.predicate_type in lineage_types
	each.standing == "enrolled"
	count(data.headworks.lib.unnamed(each)) == 0
	seen_whole(each)
]

# A recorded run says whether everything that it read was seen; other builders list what they resolved.
seen_whole(each) if not recorded_run(each)

seen_whole(each) if each.claims.complete == "true"

recorded_run(each) if startswith(each.claims.build_type, "https://github.com/headworks/headworks/buildtypes/")

ancestors := [each | some each in object.get(input.history, "ancestors", []); each.source in {one.source | some one in lineage}]

bases := {value.value | some value in object.get(input.provenance, "base_model", [])}

fail contains of(each, sprintf("%d were refused here", [each.refused])) if {
	some each in object.get(input.history, "ancestors", [])
	each.refused > 0
}

hold contains {"reason": "no enrolled signer says what it was made from", "findings": []} if count(lineage) == 0

hold contains {"reason": "who says how it was made names nothing that it was made from", "findings": []} if {
	count(lineage) > 0
	count(ancestors) == 0
}

hold contains of(each, sprintf("%d were not admitted here", [each.unknown])) if {
	some each in ancestors
	each.unknown > 0
}

hold contains {"reason": sprintf("its base model is named (%s), and nobody who is enrolled says which bytes that was", [data.headworks.lib.listed(bases)]), "findings": []} if {
	count(bases) > 0
	every each in ancestors {
		each.role != "base"
	}
}

pass contains sprintf("what it was made from was admitted here: %s", [concat(", ", sort(made_of))]) if {
	count(ancestors) > 0
}

made_of := {sprintf("%d × %s", [each.admitted, each.role]) | some each in ancestors}

of(each, what) := {"reason": sprintf("of its %s, %s: %s (`%s`)", [each.role, what, data.headworks.lib.listed_of(object.get(each, "named", []), each.refused + each.unknown), each.source]), "findings": []}
