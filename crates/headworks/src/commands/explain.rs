use anyhow::bail;
use clap::Args;
use headworks_policy::controls;

use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  headworks explain dangerous-global\n  headworks explain HW-SER-02")]
pub(crate) struct Options {
    /// Id of a rule or a control
    #[arg(value_name = "RULE|CONTROL")]
    id: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    let Some(page) = rule_page(&options.id).or_else(|| control_page(&options.id)) else {
        bail!("`{}` is neither a rule nor a control{}", options.id, suggestion(&options.id));
    };
    terminal::answer(&page)?;
    Ok(Exit::Fine)
}

fn rule_page(id: &str) -> Option<String> {
    headworks_rules::ALL.iter().find(|rule| rule.id == id).map(|rule| rule.published())
}

fn control_page(id: &str) -> Option<String> {
    let control = controls::find(&id.to_uppercase())?;
    let against = headworks_rules::ALL.iter().filter(|rule| rule.controls.contains(&control.id.as_str()));
    Some(control.page(&against.map(|rule| rule.id).collect::<Vec<_>>()))
}

/// The known ids that contain, or are contained in, what was typed.
fn suggestion(typed: &str) -> String {
    let typed = typed.to_lowercase();
    let rules = headworks_rules::ALL.iter().map(|rule| rule.id.to_owned());
    let controls = controls::all().iter().map(|control| control.id.clone());
    let near = |id: &String| {
        let id = id.to_lowercase();
        id.contains(&typed) || typed.split('-').any(|word| word.len() > 3 && id.contains(word))
    };
    let near: Vec<String> = rules.chain(controls).filter(near).take(5).collect();
    match near.is_empty() {
        true => "\nhint: `headworks rules` lists the rules".to_owned(),
        false => format!("\nhint: did you mean {}?", near.join(", ")),
    }
}
