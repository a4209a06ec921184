package headworks.controls.hw_vul_01

import rego.v1

metadata := {
	"control": "HW-VUL-01",
	"title": "Known vulnerabilities with recorded triage",
	"failure": "A package that it names is affected by an advisory.",
	"solution": "use a version that no advisory affects, pin what is asked for by a range, or renew the copies with `headworks advisories import`; a reviewed exception is a waiver",
	"established_by": "Every package that the artifact is or names has a single version, and no advisory of a fresh copy affects it.",
}

parameters := data.headworks.lib.parameters

rank := data.headworks.lib.rank

tier := data.headworks.lib.tier

assessed := object.get(input, "vulnerabilities", null)

packages := object.get(assessed, "packages", []) if assessed != null

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

hold contains {"reason": "no copies of advisories were asked", "findings": []} if assessed == null

# A package that is an attack itself is never a matter of degree.
fail contains {"reason": sprintf("`%s` is an attack itself: %s", [one.package, advisory.id]), "findings": []} if {
	some one in packages
	some advisory in object.get(one, "affected_by", [])
	object.get(advisory, "malicious", false)
}

fail contains {"reason": sprintf("`%s` is affected by %s (%s)", [one.package, advisory.id, advisory.severity]), "findings": []} if {
	some one in packages
	some advisory in object.get(one, "affected_by", [])
	not object.get(advisory, "malicious", false)
	rank[advisory.severity] >= rank[tier.fail_at]
}

hold contains {"reason": sprintf("`%s` is affected by %s (%s)", [one.package, advisory.id, advisory.severity]), "findings": []} if {
	some one in packages
	some advisory in object.get(one, "affected_by", [])
	rank[advisory.severity] < rank[tier.fail_at]
	rank[advisory.severity] >= rank[tier.hold_at]
}

hold contains {"reason": sprintf("`%s` cannot be assessed: %s", [one.package, reason]), "findings": []} if {
	some one in packages
	some reason in object.get(one, "undetermined", [])
}

pass contains sprintf("%d packages, and no advisory affects one", [count(packages)]) if assessed != null
