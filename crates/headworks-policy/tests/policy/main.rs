//! The policy from outside: bundles, verdicts, waivers.

#[cfg(test)]
mod bundles;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod examinations;
#[cfg(test)]
mod waivers;
