package headworks.controls.hw_int_02

import rego.v1

metadata := {
	"control": "HW-INT-02",
	"title": "Storage and checkpoint re-verification",
	"failure": "The bytes are not those that were recorded for this version, or the run that it is a checkpoint of does not hold.",
	"solution": "get the artifact again, or record the decision to use an older checkpoint with `headworks checkpoint rewind`",
	"established_by": "Every byte is hashed anew for each decision and held against what is recorded: a version has the bytes it was admitted with, and a checkpoint is the newest of a run whose events are chained and signed by an enrolled key.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

checkpoint := input.history.checkpoint

fail contains {"reason": sprintf("`%s` was admitted with other bytes before (%s)", [input.history.known_as, before.artifact]), "findings": []} if {
	before := input.history.admitted_before
	# A purl with a version stands for the same bytes for ever; other names move on.
	regex.match(`^pkg:[^@]+@[^@/]+$`, input.history.known_as)
}

fail contains of_run(checkpoint.reason) if checkpoint.standing in {"invalid", "revoked"}

hold contains of_run(checkpoint.reason) if checkpoint.standing in {"unknown", "not-for-this", "out-of-window", "stale"}

hold contains of_run(sprintf("it is the checkpoint of step %d, and the run is at step %d", [checkpoint.step, checkpoint.newest_step])) if {
	checkpoint.standing == "enrolled"
	not checkpoint.newest
}

hold contains {"reason": "the verdict is not recorded, so nothing is there to compare with", "findings": []} if not input.recorded

hold contains {"reason": sprintf("not hashed, because it could not be read to its end: %s", [data.headworks.lib.listed(unhashed)]), "findings": []} if {
	count(unhashed) > 0
}

unhashed := {file.path | some file in input.files; file.digest == null}

pass contains "every byte was hashed for this decision, and the digests are recorded" if {
	input.recorded
	count(input.files) > 0
}

pass contains sprintf("it is the newest checkpoint of run `%s`, step %d, signed by `%s`", [checkpoint.run, checkpoint.step, checkpoint.publisher]) if {
	checkpoint.standing == "enrolled"
	checkpoint.newest
}

of_run(reason) := {"reason": sprintf("training run `%s`: %s", [checkpoint.run, reason]), "findings": []}
