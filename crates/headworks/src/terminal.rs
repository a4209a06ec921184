//! The only place that writes to standard output and standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use headworks_gate::Progress;

/// The time of this run; every part of it that needs a clock is handed this one.
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Writes the answer.
///
/// # Errors
/// When standard output cannot be written; a closed pipe is the reader's choice and no error.
pub(crate) fn answer(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says something about the answer that is no part of it.
pub(crate) fn note(text: &str) {
    // Nothing can be done when even standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says what kept a run from finishing, outermost cause first.
pub(crate) fn error(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    note(&format!("error: {}", causes.join(": ")));
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    /// When standard output is a terminal and `NO_COLOR` is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to colour: the flag, then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then the terminal.
    pub(crate) fn wanted(self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
            Self::Auto => io::stdout().is_terminal(),
        }
    }
}

/// Shows how far a check has come, on a terminal and only when it takes a while.
pub(crate) struct ProgressBar {
    shown: Option<Mutex<Shown>>,
}

struct Shown {
    started: Instant,
    last: Option<Instant>,
}

/// Work that ends sooner shows nothing: a bar that flashes is noise.
const QUIET_FOR: Duration = Duration::from_millis(500);
const REFRESH_EVERY: Duration = Duration::from_millis(100);

impl ProgressBar {
    pub(crate) fn new(quiet: bool) -> Self {
        let visible = !quiet && io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        let shown = visible.then(|| Mutex::new(Shown { started: Instant::now(), last: None }));
        Self { shown }
    }

    /// Shows the state, at most ten times a second.
    pub(crate) fn tell(&self, progress: Progress) {
        let Some(Ok(mut shown)) = self.shown.as_ref().map(Mutex::try_lock) else { return };
        let now = Instant::now();
        let waited = shown.last.map_or(now - shown.started >= QUIET_FOR, |last| now - last >= REFRESH_EVERY);
        if waited {
            shown.last = Some(now);
            let line = progress_line(progress, now - shown.started);
            let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
        }
    }

    /// Removes what was shown.
    pub(crate) fn clear(&self) {
        if self.shown.as_ref().and_then(|shown| shown.lock().ok()).is_some_and(|shown| shown.last.is_some()) {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn progress_line(progress: Progress, elapsed: Duration) -> String {
    const MB: f64 = 1e6;
    let Progress { bytes_done, bytes_total, files_done, files_total } = progress;
    let rate = bytes_done as f64 / elapsed.as_secs_f64().max(1e-3);
    let left = bytes_total.saturating_sub(bytes_done) as f64 / rate.max(1.0);
    let percent = (bytes_done.min(bytes_total) * 100).checked_div(bytes_total).unwrap_or(100);
    format!("checking {percent:>3} %  {files_done}/{files_total} files  {:.0} MB/s  {left:.0} s left", rate / MB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_rate_and_remaining_time() {
        let progress = Progress { bytes_done: 50_000_000, bytes_total: 200_000_000, files_done: 1, files_total: 4 };
        let line = progress_line(progress, Duration::from_secs(1));
        assert_eq!(line, "checking  25 %  1/4 files  50 MB/s  3 s left");
    }
}
