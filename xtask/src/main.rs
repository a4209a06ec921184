//! The repository's own tools.
//!
//! `tidy` holds the rules that no compiler knows: crate edges, lists, fixtures, pages. `generate`
//! writes what is derived (rule and control pages, schemas); `test` installs what the tests need and
//! runs them; `bench` measures.

#![allow(clippy::print_stdout, reason = "a repository tool talks to the developer's terminal")]

mod bench;
mod bom;
mod debian;
mod generate;
mod node;
mod pages;
mod python;
mod real_files;
mod recorder;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;

#[derive(Debug, Parser)]
enum Task {
    /// Check crate edges, lists, fixtures and pages
    Tidy,
    /// Write rule and control pages, schemas and the command reference
    Generate {
        /// Fail when something is out of date instead of writing it
        #[arg(long)]
        check: bool,
        /// Derive the allow-list profiles from the real packages again
        #[arg(long)]
        profiles: bool,
    },
    /// Install what the tests need, then run all of them
    Test,
    /// Write files with the real libraries of some groups, or of all, and scan them
    RealFiles {
        /// Names of scripts in tests/real_files; some need gigabytes of packages
        groups: Vec<String>,
    },
    /// Compare what `headworks run` and strace see of a real training script
    Recorder,
    /// Measure the cost of a pickle per opcode, and headworks beside its peers
    Bench {
        /// What to measure
        #[arg(value_enum, default_value_t = bench::Measure::Pickle)]
        measure: bench::Measure,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Tidy => tidy::run(),
        Task::Generate { check, profiles } => generate::run(check, profiles),
        Task::Test => test::run(),
        Task::RealFiles { groups } => real_files::run(&groups),
        Task::Recorder => recorder::run(),
        Task::Bench { measure } => bench::run(measure),
    }
}

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

/// Where cargo builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this, at the repository's root.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}
