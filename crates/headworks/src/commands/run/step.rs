//! The training step that the name of a checkpoint states.

use std::ffi::OsStr;

/// The number behind the last `step`, else the one behind the last `checkpoint`, else the last one.
///
/// None: there is no number, or it is none that counts steps.
pub(super) fn step(name: &OsStr) -> Option<u64> {
    let name = name.to_string_lossy().to_ascii_lowercase();
    let behind = |word: &str| name.rsplit_once(word).and_then(|(_, rest)| numbers(rest).next());
    let digits = behind("step").or_else(|| behind("checkpoint")).or_else(|| numbers(&name).last())?;
    digits.parse().ok()
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_trainers_give_state_their_step() {
        for (name, wanted) in [
            ("checkpoint-500", Some(500)),
            ("step_500.pt", Some(500)),
            ("epoch=3-step=500.ckpt", Some(500)),
            ("step=500-loss=0.25.ckpt", Some(500)),
            ("500-steps-of-7", Some(7)),
            ("global_step1000", Some(1000)),
            ("iter_0000100", Some(100)),
            ("Model-2-ep-9", Some(9)),
            ("last.ckpt", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(step(OsStr::new(name)), wanted, "{name}");
        }
    }
}
