//! The command line as a user meets it: one binary, hostile files built in code, no network, no home.

mod advisories;
mod attest;
mod attested;
mod bad_input;
mod bom;
mod check;
mod checkpoints;
mod evaluation;
mod graph;
mod integrations;
mod kept_checkpoints;
mod lineage;
mod log;
mod output;
mod recorder;
mod replays;
mod run;
mod samples;
mod scan;
mod screens;
mod signing;
mod store;
mod techniques;
mod trust;
