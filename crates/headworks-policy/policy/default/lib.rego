# What the controls share: the thresholds of the tier, what speaks against each control, and the sentences
# that say so.
package headworks.lib

import rego.v1

parameters := data.headworks.parameters

tier := parameters.tiers[input.tier]

# Controls that admission depends on. Before its effective date a control is decided but not asked for.
asked contains control if {
	some control in tier.mandatory
	not pending(control)
}

pending(control) if {
	day := parameters.effective[control]
	input.now_ms * 1000000 < time.parse_rfc3339_ns(sprintf("%sT00:00:00Z", [day]))
}

words := ["info", "low", "medium", "high", "critical"]

rank := {word: i | some i, word in words}

# Findings at or above the tier's threshold for refusal, by control.
failing := {control: findings |
	some control in {id | some finding in failures; some id in finding.controls}
	findings := [finding | some finding in failures; control in finding.controls]
}

# Findings that are too weak to refuse and too strong to ignore, by control.
holding := {control: findings |
	some control in {id | some finding in doubts; some id in finding.controls}
	findings := [finding | some finding in doubts; control in finding.controls]
}

failures := [finding | some finding in input.findings; rank[finding.severity] >= rank[tier.fail_at]]

doubts := [finding |
	some finding in input.findings
	rank[finding.severity] < rank[tier.fail_at]
	rank[finding.severity] >= rank[tier.hold_at]
]

# What was not understood, by the controls that needed it.
faults := {control: faulty |
	some control in {id | some needed in needs; some id in needed.controls}
	faulty := [needed.fault | some needed in needs; control in needed.controls]
}

needs := [{"fault": fault, "controls": needing(fault)} | some fault in input.faults]

# Controls that cannot be established while this fault stands.
needing(fault) := controls if {
	of_kind := {control | some control in parameters.faults[fault.kind]}
	of_format := {control | some format in fault.formats; some control in parameters.formats[format].controls}
	controls := of_kind | of_format
	count(controls) > 0
} else := {"HW-INV-01"}

# Files that a statement does not name and should: all but descriptions for people, which nothing loads.
unnamed(attestation) := {path |
	some path, _ in object.get(attestation, "uncovered", {})
	not path in parameters.unsigned_allowed
	not path in descriptions
}

descriptions := {file.path |
	some file in input.files
	count(file.formats) > 0
	every format in file.formats {
		format in parameters.descriptions
	}
}

fails(control) := finding_reasons(object.get(failing, control, []))

holds(control) := finding_reasons(object.get(holding, control, [])) | fault_reasons(object.get(faults, control, []))

# What speaks for a control that inspects formats: which files were read, or that there are none.
inspected(control, absent) := {sprintf("read to the end, with nothing found against it: %s", [concat(", ", read)])} if {
	read := [sprintf("%d × %s", [seen.times, format]) |
		some format, seen in input.formats
		control in parameters.formats[format].controls
	]
	count(read) > 0
} else := {absent}

finding_reasons(findings) := {reason |
	some rule in {finding.rule | some finding in findings}
	same := [finding | some finding in findings; finding.rule == rule]
	reason := {
		"reason": finding_sentence(rule, same),
		"findings": [finding.fingerprint | some finding in same],
	}
}

finding_sentence(rule, same) := sprintf("%s `%s` in `%s`: %s", [finding.severity, rule, finding.place, finding.message]) if {
	count(same) == 1
	some finding in same
} else := sprintf("%s `%s`, %d findings in %s", [worst, rule, count(same), listed(places)]) if {
	worst := words[max({rank[finding.severity] | some finding in same})]
	places := {finding.path | some finding in same}
}

fault_reasons(faulty) := {{"reason": fault_sentence(fault), "findings": []} | some fault in faulty}

fault_sentence(fault) := sprintf("`%s` is not wholly understood: %s", [fault.place, fault.description]) if {
	fault.times == 1
} else := sprintf("`%s` is not wholly understood: %s (and %d more like it)", [fault.place, fault.description, fault.times - 1]) if {
	fault.files == 1
} else := sprintf("not wholly understood (%s): %s", [fault.kind, listed_of(fault.paths, fault.files)])

# The first few names, and how many more there are.
listed(names) := listed_of(sort(names), count(names))

# The same for a list that holds only the first of `total` names.
listed_of(names, total) := quoted(names) if {
	count(names) == total
	total <= parameters.named_max
} else := sprintf("%s and %d more", [quoted(shown), total - count(shown)]) if {
	shown := array.slice(names, 0, parameters.named_max)
}

quoted(names) := concat(", ", [sprintf("`%s`", [name]) | some name in names])
