package headworks.controls.hw_prv_02

import rego.v1

metadata := {
	"control": "HW-PRV-02",
	"title": "Build and source provenance with minimum level",
	"failure": "A provenance statement does not hold, or says that the artifact was built otherwise than expected.",
	"solution": "attach the provenance of the build with --attestation, enrol its builder with `headworks trust`, and name its level in the policy data (`builders`)",
	"established_by": "A provenance statement (SLSA v0.2 or v1) or a verification summary about exactly these bytes is verified against the trust store; the policy's data say which level a publisher's builder has, and whether a summary must say how its source was reviewed.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

parameters := data.headworks.lib.parameters

provenance_types := {"https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"}

summary_type := "https://slsa.dev/verification_summary/v1"

statements := [each | some each in input.attestations; each.predicate_type in (provenance_types | {summary_type})]

fail contains against(each, each.reason) if {
	some each in statements
	each.standing in {"invalid", "revoked"}
}

fail contains against(each, "its verifier refused the artifact") if {
	some each in enrolled
	each.predicate_type == summary_type
	each.claims.result != "PASSED"
}

fail contains against(each, sprintf("it was built from `%s`, which the policy does not expect", [each.claims.source_repository])) if {
	some each in enrolled
	count(parameters.source_repositories) > 0
	not each.claims.source_repository in parameters.source_repositories
	each.claims.source_repository
}

hold contains {"reason": sprintf("no enrolled builder of level %d or above says how it was built", [parameters.slsa_build_level_min]), "findings": []} if {
	count(sufficient) == 0
}

hold contains against(each, each.reason) if {
	some each in statements
	each.standing in {"unknown", "not-for-this", "out-of-window", "stale"}
	count(sufficient) == 0
}

pass contains sprintf("`%s` says how it was built: SLSA build level %d (`%s`)", [each.publisher, level(each), each.source]) if {
	some each in sufficient
}

enrolled := [each | some each in statements; each.standing == "enrolled"]

sufficient := [each |
	some each in enrolled
	level(each) >= parameters.slsa_build_level_min
	count(data.headworks.lib.unnamed(each)) == 0
]

hold contains against(each, sprintf("it does not say how these were built: %s", [data.headworks.lib.listed(data.headworks.lib.unnamed(each))])) if {
	some each in enrolled
	count(data.headworks.lib.unnamed(each)) > 0
	count(sufficient) == 0
}

fail contains against(each, "it was built from a tree with changes that nobody committed") if {
	some each in enrolled
	each.predicate_type in provenance_types
	each.claims.source_dirty == "true"
}

# How the source was kept and reviewed: a summary about the commit that it was built from (SLSA source track).
hold contains {"reason": sprintf("nobody who is enrolled says that its source has level %d or above", [parameters.slsa_source_level_min]), "findings": []} if {
	parameters.slsa_source_level_min > 0
	count(reviewed) == 0
}

pass contains sprintf("`%s` says how its source is kept: SLSA source level %d (`%s`)", [each.publisher, source_level(each), each.source]) if {
	some each in reviewed
}

reviewed := [each |
	parameters.slsa_source_level_min > 0
	some each in enrolled
	each.claims.commit in commits
	each.claims.resource in repositories
	source_level(each) >= parameters.slsa_source_level_min
]

commits := {commit |
	some each in sufficient
	some claim in ["source_commit", "code_commit"]
	commit := each.claims[claim]
}

repositories := {sprintf("%s%s", [scheme, each.claims.source_repository]) |
	some each in sufficient
	some scheme in ["", "git+"]
}

source_level(each) := stated(each, "SLSA_SOURCE_LEVEL_")

stated(each, prefix) := found if {
	each.predicate_type == summary_type
	each.claims.result == "PASSED"
	words := [word | some word in split(each.claims.levels, " "); regex.match(sprintf("^%s[0-4]$", [prefix]), word)]
	found := max([to_number(substring(word, count(prefix), -1)) | some word in words])
}

# The level that the policy's data grant to a publisher's builder; a statement cannot grant one to itself.
level(each) := granted if {
	each.predicate_type in provenance_types
	levels := [builder.level | some builder in parameters.builders; builder.publisher == each.publisher; builder.builder == each.claims.builder]
	granted := max(levels)
}

level(each) := stated(each, "SLSA_BUILD_LEVEL_") if not each.claims.commit

against(each, reason) := {"reason": sprintf("`%s`: %s", [each.source, reason]), "findings": []}
