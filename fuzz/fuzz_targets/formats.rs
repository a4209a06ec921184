//! One fuzz binary for all formats: `HEADWORKS_FORMAT` picks one, without it all that claim the bytes run.
//!
//! `fuzz/run [SECONDS] [FORMAT...]` seeds the corpus from the fixtures and runs each format.

#![no_main]

use std::sync::LazyLock;

use headworks_formats::{ALL, Format, inspect, inspect_as};
use headworks_types::{Limits, Place};
use libfuzzer_sys::fuzz_target;

static FORMAT: LazyLock<Option<&'static Format>> = LazyLock::new(|| {
    let id = std::env::var("HEADWORKS_FORMAT").ok()?;
    Some(ALL.iter().find(|format| format.id == id).unwrap_or_else(|| panic!("no format is called {id}")))
});

/// Small bounds, so that reaching one is common and cheap.
static LIMITS: LazyLock<Limits> = LazyLock::new(|| Limits {
    decoded_bytes_max: 8 << 20,
    decoded_in_memory_bytes_max: 64 << 10,
    text_bytes_max: 1 << 20,
    facts_max: 2_000,
    pickle_opcodes_max: 1 << 20,
    pickle_arena_bytes_max: 8 << 20,
    ..Limits::default()
});

fuzz_target!(|bytes: &[u8]| {
    let bytes = bytes.to_vec();
    let facts = match *FORMAT {
        Some(format) => inspect_as(format, &bytes, Place::file("input"), &LIMITS),
        None => inspect(&bytes, Place::file("input"), &LIMITS),
    };
    assert!(facts.len() as u64 <= 2 * LIMITS.facts_max, "the bound on facts was passed");
    for fact in &facts {
        assert!(fact.location.start <= fact.location.end, "a location ends before it starts: {fact:?}");
    }
});
