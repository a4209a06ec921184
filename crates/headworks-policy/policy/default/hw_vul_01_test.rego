package headworks.test.hw_vul_01

import data.headworks.controls.hw_vul_01 as control
import rego.v1

of(packages) := {
	"tier": "standard", "now_ms": 1772323200000, "findings": [],
	"vulnerabilities": {"copies": [], "packages": packages},
}

advisory(severity) := {"id": "GHSA-1", "severity": severity, "summary": "A hole"}

affected(severity) := {"package": "pkg:pypi/torch@2.0.0", "affected_by": [advisory(severity)]}

reasons(found) := {each.reason | some each in found}

test_packages_that_nothing_affects_pass if {
	control.pass == {"1 packages, and no advisory affects one"} with input as of([{"package": "pkg:pypi/torch@2.1"}])
	control.hold == set() with input as of([{"package": "pkg:pypi/torch@2.1"}])
	control.fail == set() with input as of([{"package": "pkg:pypi/torch@2.1"}])
}

test_an_artifact_that_names_no_package_passes if {
	count(control.pass) == 1 with input as of([])
	control.hold == set() with input as of([])
}

test_a_grave_advisory_fails_and_a_mild_one_holds if {
	found := control.fail with input as of([affected("high")])
	reasons(found) == {"`pkg:pypi/torch@2.0.0` is affected by GHSA-1 (high)"}
	mild := control.fail with input as of([affected("medium")])
	mild == set()
	held := control.hold with input as of([affected("medium")])
	reasons(held) == {"`pkg:pypi/torch@2.0.0` is affected by GHSA-1 (medium)"}
}

test_a_malicious_package_fails_whatever_the_tier if {
	attack := {"package": "pkg:pypi/evil@1", "affected_by": [object.union(advisory("low"), {"malicious": true})]}
	found := control.fail with input as of([attack])
	reasons(found) == {"`pkg:pypi/evil@1` is an attack itself: GHSA-1"}
}

test_what_cannot_be_assessed_holds if {
	found := control.hold with input as of([{"package": "pkg:pypi/peft", "undetermined": ["no single version is stated"]}])
	reasons(found) == {"`pkg:pypi/peft` cannot be assessed: no single version is stated"}
}

test_without_copies_nothing_is_established if {
	none := {"tier": "standard", "now_ms": 1772323200000, "findings": [], "vulnerabilities": null}
	found := control.hold with input as none
	reasons(found) == {"no copies of advisories were asked"}
	passed := control.pass with input as none
	passed == set()
}
