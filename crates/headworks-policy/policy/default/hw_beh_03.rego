package headworks.controls.hw_beh_03

import rego.v1

metadata := {
	"control": "HW-BEH-03",
	"title": "Evaluation and benchmark integrity",
	"failure": "A signed result of an evaluation does not hold, or says that the artifact failed.",
	"solution": "attach the signed result of the evaluation with --attestation, and enrol who evaluates with `headworks trust`",
	"established_by": "A test result about exactly these bytes is verified against the trust store, whose signer must be enrolled for evaluations.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

results := [each | some each in input.attestations; each.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"]

fail contains against(each, each.reason) if {
	some each in results
	each.standing in {"invalid", "revoked"}
}

fail contains against(each, sprintf("`%s` says that it failed: %s", [each.publisher, each.claims.failed_tests])) if {
	some each in enrolled
	each.claims.result == "FAILED"
}

hold contains {"reason": "nobody who is enrolled for evaluations says that it passed one", "findings": []} if {
	count(passed) == 0
}

hold contains against(each, each.reason) if {
	some each in results
	each.standing in {"unknown", "not-for-this", "out-of-window", "stale"}
	count(passed) == 0
}

pass contains sprintf("`%s` says that it passed (`%s`)", [each.publisher, each.source]) if some each in passed

enrolled := [each | some each in results; each.standing == "enrolled"]

passed := [each | some each in enrolled; each.claims.result in {"PASSED", "WARNED"}]

against(each, reason) := {"reason": sprintf("`%s`: %s", [each.source, reason]), "findings": []}
