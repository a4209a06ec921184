package headworks.controls.hw_sig_03

import rego.v1

metadata := {
	"control": "HW-SIG-03",
	"title": "Trust store, rotation and revocation of identities",
	"failure": "A signer was revoked.",
	"solution": "have the artifact signed anew by a signer that is enrolled, or review the trust store with `headworks trust`",
	"established_by": "Signers are enrolled in a versioned trust store with validity windows and revocations, which somebody reviews.",
}

fail contains found if some found in data.headworks.lib.fails(metadata.control)

hold contains found if some found in data.headworks.lib.holds(metadata.control)

fail contains {"reason": sprintf("`%s`: %s", [each.source, each.reason]), "findings": []} if {
	some each in signed
	each.standing == "revoked"
}

hold contains {"reason": "there is no trust store", "findings": []} if input.trust == null

hold contains {"reason": sprintf("`%s`: %s", [each.source, each.reason]), "findings": []} if {
	some each in signed
	each.standing in {"stale", "out-of-window"}
}

pass contains sprintf("version %d of the trust store, %s", [input.trust.version, input.trust.digest]) if input.trust != null

signed := array.concat(input.signatures, input.attestations)
