use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks completions`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  headworks completions bash > /etc/bash_completion.d/headworks")]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "headworks", &mut script);
    terminal::answer(&String::from_utf8(script)?)?;
    Ok(Exit::Fine)
}
