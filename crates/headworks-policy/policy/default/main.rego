# Entry points of the policy.
#
# `requirements` is what the gate reads: every control that some tier asks for, with its outcome for the
# artifact in `input`. `catalogue` is what `headworks policy explain` reads; it needs no input.
#
# A control is a package below `headworks.controls` with the rules `metadata`, `fail`, `hold` and `pass`.
# `fail` and `hold` are sets of {"reason": sentence, "findings": [fingerprint]}; `pass` is a set of
# sentences. A control passes only when nothing fails it, nothing holds it, and something speaks for it.
package headworks.policy

import data.headworks.lib
import rego.v1

requirements contains {
	"control": rule.metadata.control,
	"title": rule.metadata.title,
	"outcome": outcome(rule),
	"mandatory": rule.metadata.control in lib.asked,
	"reasons": reasons(rule),
	"solution": solution(rule),
	"findings": sort(findings(rule)),
} if {
	some rule in rules
}

catalogue contains object.union(rule.metadata, {"effective": effective}) if {
	some rule in rules
	effective := object.get(lib.parameters.effective, rule.metadata.control, null)
}

rules contains rule if {
	some rule in data.headworks.controls
}

# Controls that no evidence can be recorded for yet. What is found against them counts all the same.
rules contains {
	"metadata": {
		"control": control,
		"title": wanted.title,
		"failure": "It is not shown to hold.",
		"solution": sprintf("use a tier that does not ask for it, or waive it with a reason; it needs %s", [wanted.needs]),
		"established_by": sprintf("Nothing yet: it needs %s.", [wanted.needs]),
	},
	"fail": data.headworks.lib.fails(control),
	"hold": data.headworks.lib.holds(control) | {{
		"reason": sprintf("it needs %s, and no evidence of that kind can be recorded by this version", [wanted.needs]),
		"findings": [],
	}},
	"pass": set(),
} if {
	some control, wanted in lib.parameters.unrecorded
}

outcome(rule) := "fail" if {
	count(rule.fail) > 0
} else := "not_established" if {
	count(rule.hold) > 0
} else := "pass" if {
	count(rule.fail) == 0
	count(rule.hold) == 0
	count(rule.pass) > 0
} else := "not_established"

reasons(rule) := sort(rule.pass) if {
	outcome(rule) == "pass"
} else := ["the rules of this control came to no result"] if {
	count(against(rule)) == 0
} else := array.concat(failures, doubts) if {
	failures := sort({found.reason | some found in object.get(rule, "fail", set())})
	doubts := sort({found.reason | some found in object.get(rule, "hold", set())})
}

solution(rule) := "" if {
	outcome(rule) == "pass"
} else := rule.metadata.solution

findings(rule) := {fingerprint | some found in against(rule); some fingerprint in found.findings}

against(rule) := object.get(rule, "fail", set()) | object.get(rule, "hold", set())
