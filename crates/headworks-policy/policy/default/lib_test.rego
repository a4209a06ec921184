package headworks.test.lib

import data.headworks.lib
import rego.v1

test_a_short_list_names_all if data.headworks.lib.listed({"b", "a"}) == "`a`, `b`"

test_a_long_list_names_the_first_and_counts_the_rest if {
	data.headworks.lib.listed({"e", "d", "c", "b", "a"}) == "`a`, `b`, `c` and 2 more"
}

test_a_list_that_is_cut_already_counts_the_rest if {
	data.headworks.lib.listed_of(["a", "b"], 9) == "`a`, `b` and 7 more"
}

test_one_fault_is_described if {
	fault := {"kind": "truncated", "files": 1, "times": 1, "paths": ["a"], "place": "a > b", "description": "it ends early"}
	data.headworks.lib.fault_sentence(fault) == "`a > b` is not wholly understood: it ends early"
	more := object.union(fault, {"times": 3})
	data.headworks.lib.fault_sentence(more) == "`a > b` is not wholly understood: it ends early (and 2 more like it)"
	files := object.union(fault, {"times": 3, "files": 2, "paths": ["a", "c"]})
	data.headworks.lib.fault_sentence(files) == "not wholly understood (truncated): `a`, `c`"
}

test_severities_are_ranked if {
	lib.rank.critical > lib.rank.high
	lib.rank.high > lib.rank.medium
	lib.rank.medium > lib.rank.low
	lib.rank.low > lib.rank.info
}

test_every_tier_has_known_thresholds if {
	every tier in lib.parameters.tiers {
		lib.rank[tier.fail_at] > lib.rank[tier.hold_at]
	}
}

test_a_demanding_tier_asks_for_all_that_a_lesser_one_does if {
	order := ["observe", "minimal", "standard", "production", "high-risk"]
	every i in [0, 1, 2, 3] {
		lesser := {control | some control in lib.parameters.tiers[order[i]].mandatory}
		greater := {control | some control in lib.parameters.tiers[order[i + 1]].mandatory}
		count(lesser - greater) == 0
	}
}

test_a_fault_of_an_unknown_format_counts_against_identification if {
	data.headworks.lib.needing({"kind": "malformed", "formats": ["of-tomorrow"]}) == {"HW-INV-01"}
}

test_a_fault_counts_against_each_control_that_needs_the_format if {
	data.headworks.lib.needing({"kind": "malformed", "formats": ["gguf"]}) == {"HW-SER-04", "HW-CFG-02"}
}

test_an_unreadable_file_counts_against_its_digest_too if {
	data.headworks.lib.needing({"kind": "unreadable", "formats": []}) == {"HW-INV-01", "HW-INT-01"}
}

test_a_control_is_not_asked_for_before_its_effective_date if {
	later := {"HW-SER-02": "2026-03-02"}
	not "HW-SER-02" in lib.asked with input as {"tier": "minimal", "now_ms": 1772409599999}
		with data.headworks.parameters.effective as later
	"HW-SER-02" in lib.asked with input as {"tier": "minimal", "now_ms": 1772409600000}
		with data.headworks.parameters.effective as later
}
