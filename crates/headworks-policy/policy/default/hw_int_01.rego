package headworks.controls.hw_int_01

import rego.v1

metadata := {
	"control": "HW-INT-01",
	"title": "Content digests and immutable references",
	"failure": "The content is not what the digest or reference says.",
	"solution": "make every file readable and leave it unchanged while it is checked",
	"established_by": "Every file is hashed to its last byte, and one tree digest covers paths, sizes and contents.",
}

fail := data.headworks.lib.fails(metadata.control)

hold := union({data.headworks.lib.holds(metadata.control), unhashed, empty})

pass contains sprintf("files hashed: %d, with the tree digest %s", [count(input.files), input.artifact.digest]) if {
	count(input.files) > 0
}

unhashed contains {"reason": sprintf("not hashed, because it could not be read to its end: %s", [data.headworks.lib.listed(paths)]), "findings": []} if {
	paths := {file.path | some file in input.files; file.digest == null}
	count(paths) > 0
}

empty contains {"reason": "the artifact has no files", "findings": []} if count(input.files) == 0
