package headworks.controls.hw_beh_03

import rego.v1

metadata := {
	"control": "HW-BEH-03",
	"title": "Evaluation and benchmark integrity",
	"failure": "A signed result of an evaluation does not hold, or says that the artifact failed.",
	"solution": "register the plan and sign the result (`headworks evaluation`), attach the result with --attestation, and enrol who evaluates with `headworks trust`",
	"established_by": "A test result about exactly these bytes is verified against the trust store, whose signer must be enrolled for evaluations; the log shows that its thresholds were registered before it.",
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

passed := [each |
	some each in enrolled
	each.claims.result in {"PASSED", "WARNED"}
	count(data.headworks.lib.unnamed(each)) == 0
	in_time(each)
]

# Whether the bounds were signed and logged before the result was.
in_time(each) if not data.headworks.lib.parameters.evaluation_plan_required

in_time(each) if {
	some planned in object.get(input.history, "plans", [])
	planned.result == each.digest
	planned.registered_at < planned.logged_at
}

hold contains against(each, sprintf("it is not about all of the artifact: %s", [data.headworks.lib.listed(data.headworks.lib.unnamed(each))])) if {
	some each in enrolled
	count(data.headworks.lib.unnamed(each)) > 0
	count(passed) == 0
}

hold contains against(each, "its thresholds were not registered in the log before it (`headworks evaluation register`)") if {
	some each in enrolled
	count(passed) == 0
	not in_time(each)
}

against(each, reason) := {"reason": sprintf("`%s`: %s", [each.source, reason]), "findings": []}
