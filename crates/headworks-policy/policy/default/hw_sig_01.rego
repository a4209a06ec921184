package headworks.controls.hw_sig_01

import rego.v1

metadata := {
	"control": "HW-SIG-01",
	"title": "Signature verification against an identity policy",
	"failure": "A signature does not hold, its signer was revoked, or the artifact is no longer signed by who signed it before.",
	"solution": "get the artifact again from its publisher, or enrol the signer with `headworks trust` after checking who it is",
	"established_by": "A signature over the files (OpenSSF Model Signing) is verified against the trust store; its signer must be enrolled for artifacts of this name, and it must cover every file.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

# A signature that says nothing about this artifact counts against it: somebody signed something else.
fail contains against(signature, signature.reason) if {
	some signature in input.signatures
	signature.standing in {"invalid", "revoked"}
}

fail contains against(signature, data.headworks.lib.listed_of(array.slice(problems, 0, 3), count(problems))) if {
	some signature in input.signatures
	problems := object.get(signature, "problems", [])
	count(problems) > 0
}

fail contains against(signature, sprintf("it covers neither of: %s", [data.headworks.lib.listed(loaded)])) if {
	some signature in covering
	loaded := {path | some path in uncovered(signature); some format in formats(path); data.headworks.lib.parameters.formats[format].runs_code}
	count(loaded) > 0
}

fail contains {"reason": sprintf("artifacts of this name were signed by `%s` before, and this one is not", [input.trust.signed_before_by]), "findings": []} if {
	input.trust.signed_before_by != null
}

hold contains against(signature, signature.reason) if {
	some signature in input.signatures
	signature.standing in {"unknown", "not-for-this", "out-of-window", "stale", "not-compared"}
	count(covering) == 0
}

hold contains against(signature, sprintf("it does not cover: %s", [data.headworks.lib.listed(others)])) if {
	some signature in covering
	others := {path | some path in uncovered(signature); not path in data.headworks.lib.parameters.unsigned_allowed}
	count(others) > 0
}

hold contains {"reason": "it is not signed, or there is no trust store to say whose signature counts", "findings": []} if {
	count(input.signatures) == 0
}

pass contains sprintf("`%s` signed every file (`%s`, %s)", [signature.publisher, signature.source, signature.method]) if {
	some signature in covering
}

# Signatures by an enrolled publisher over exactly these files.
covering contains signature if {
	some signature in input.signatures
	signature.standing == "enrolled"
	count(object.get(signature, "problems", [])) == 0
}

uncovered(signature) := {path | some path, _ in object.get(signature, "uncovered", {})}

formats(path) := {format | some file in input.files; file.path == path; some format in file.formats}

against(signature, reason) := {"reason": sprintf("signature `%s`: %s", [signature.source, reason]), "findings": []}
