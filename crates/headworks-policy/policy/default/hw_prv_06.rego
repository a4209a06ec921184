package headworks.controls.hw_prv_06

import rego.v1

metadata := {
	"control": "HW-PRV-06",
	"title": "Publisher and namespace drift",
	"failure": "Artifacts of this name were signed by somebody else before.",
	"solution": "find out who has the name now; if the change is meant, enrol the new signer and set the pin with `headworks trust pin`",
	"established_by": "Who signs is held against the pins of the trust store and against who signed what was admitted under the same name before. Accounts and look-alike names are not watched yet.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

publish_types := {
	"https://github.com/npm/attestation/tree/main/specs/publish/v0.1",
	"https://docs.pypi.org/attestations/publish/v1",
}

signers := {each.publisher |
	some each in array.concat(input.signatures, published)
	each.standing == "enrolled"
	count(object.get(each, "problems", [])) == 0
}

published := [each | some each in input.attestations; each.predicate_type in publish_types]

fail contains {"reason": sprintf("artifacts of this name were signed by `%s` before", [input.trust.signed_before_by]), "findings": []} if {
	input.trust.signed_before_by != null
}

hold contains {"reason": "there is no trust store to say who publishes under this name", "findings": []} if input.trust == null

hold contains {"reason": "nobody who is enrolled for the name signed it, so a change of hands would not be seen", "findings": []} if {
	input.trust != null
	count(signers) == 0
}

pass contains sprintf("`%s` publishes as `%s`, %s", [signer, input.history.known_as, seen]) if some signer in signers

default seen := "which is first seen now, or pinned"

seen := sprintf("as `%s` did when something else was admitted by that name", [publisher]) if {
	publisher := input.history.admitted_before.publisher
}
