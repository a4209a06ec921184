package headworks.controls.hw_cfg_04

import rego.v1

metadata := {
	"control": "HW-CFG-04",
	"title": "Secrets in artifacts",
	"failure": "A live-looking credential lies in the artifact.",
	"solution": "revoke the credential first, then remove it from the file and its history",
	"established_by": "Texts, sources and configuration are searched for credentials of well-known shapes, confirmed by checksum or entropy.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no text, source or configuration")
