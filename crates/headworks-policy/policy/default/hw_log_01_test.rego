package headworks.test.hw_log_01

import data.headworks.controls.hw_log_01 as control
import rego.v1

of(recorded) := {"tier": "production", "now_ms": 1772323200000, "findings": [], "recorded": recorded}

test_a_recorded_verdict_passes if count(control.pass) == 1 with input as of(true)

test_without_a_store_it_holds if count(control.hold) == 1 with input as of(false)
