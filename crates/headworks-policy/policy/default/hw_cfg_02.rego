package headworks.controls.hw_cfg_02

import rego.v1

metadata := {
	"control": "HW-CFG-02",
	"title": "Chat template and tokenizer inspection",
	"failure": "A chat template reaches beyond the conversation or hides instructions.",
	"solution": "replace the template with the one of the base model, and compare their digests",
	"established_by": "Templates are parsed to a syntax tree and never rendered; what they reach for and hide is judged.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := data.headworks.lib.holds(metadata.control)

pass := data.headworks.lib.inspected(metadata.control, "no chat template and no file that could hold one")
