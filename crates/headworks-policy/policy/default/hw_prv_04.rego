package headworks.controls.hw_prv_04

import rego.v1

metadata := {
	"control": "HW-PRV-04",
	"title": "Training manifest and controlled training",
	"failure": "A signed training manifest does not hold, or says that the run failed or took code that nobody committed.",
	"solution": "record the run with `headworks run --kind train --manifest FILE --private-key KEY` from a clean tree, and attach the statement with --attestation",
	"established_by": "A signed record of the run about exactly these bytes (`headworks run`) states mixture, hyperparameters, seeds and a clean commit, and that everything was observed; its signer must be enrolled.",
}

prefix := "https://github.com/headworks/headworks/buildtypes/"

kinds := {sprintf("%s%s/v1", [prefix, kind]) | some kind in {"train", "finetune", "merge"}}

manifests := [each | some each in input.attestations; object.get(each, ["claims", "build_type"], "") in kinds]

enrolled := [each | some each in manifests; each.standing == "enrolled"]

complete := [each |
	some each in enrolled
	count(missing(each)) == 0
	count(data.headworks.lib.unnamed(each)) == 0
]

hold contains against(each, sprintf("it is not about all of the artifact: %s", [data.headworks.lib.listed(data.headworks.lib.unnamed(each))])) if {
	some each in enrolled
	count(data.headworks.lib.unnamed(each)) > 0
	count(complete) == 0
}

# What the manifest must state, each by its claim.
wanted := {"mixture": "stated", "hyperparameters": "stated", "seeds": "stated", "succeeded": "true", "complete": "true", "source_dirty": "false"}

missing(each) := {name | some name, value in wanted; object.get(each.claims, name, "") != value}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

fail contains against(each, each.reason) if {
	some each in manifests
	each.standing == "revoked"
}

fail contains against(each, "the run did not succeed") if {
	some each in enrolled
	each.claims.succeeded == "false"
}

fail contains against(each, "it took code that was not committed") if {
	some each in enrolled
	each.claims.source_dirty == "true"
}

hold contains found if some found in data.headworks.lib.holds(metadata.control)

hold contains {"reason": "no enrolled signer says how it was trained", "findings": []} if count(enrolled) == 0

hold contains against(each, sprintf("it does not state: %s", [data.headworks.lib.listed(missing(each))])) if {
	some each in enrolled
	count(complete) == 0
	count(missing(each)) > 0
}

pass contains sprintf("`%s` signed the manifest of its training (`%s`)", [each.publisher, each.source]) if some each in complete

against(each, reason) := {"reason": sprintf("`%s`: %s", [each.source, reason]), "findings": []}
