use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use headworks_attest::bundle::{Bundle, Material};
use headworks_attest::evaluation::{self, Measured, Plan};
use headworks_attest::provenance::{Outcome, TestResult};
use headworks_attest::{ResourceDescriptor, Statement, oms};
use headworks_types::{ArtifactKind, Digest};

use crate::arguments::Global;
use crate::commands::measured;
use crate::commands::sign::{PrivateKey, write_atomically};
use crate::commands::store_option::StoreOption;
use crate::exit::Exit;
use crate::terminal;

/// Options of `headworks evaluation result`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exits with 1 when the model does not meet the plan; the result is signed and logged all the same. A metric that the plan
names and the results do not have failed.")]
pub(crate) struct Options {
    /// The model: a file or a directory
    model: PathBuf,
    /// The registered plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// What was measured: one JSON object of numbers by metric
    #[arg(long, value_name = "FILE")]
    results: PathBuf,
    /// What it was measured on: a file or a directory
    #[arg(long, value_name = "PATH")]
    dataset: PathBuf,
    /// What measured: a file or a directory
    #[arg(long, value_name = "PATH")]
    harness: PathBuf,
    #[command(flatten)]
    key: PrivateKey,
    #[command(flatten)]
    store: StoreOption,
    /// Where the signed result goes: a Sigstore bundle with a hint of the key
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn run(global: &Global, options: Options) -> anyhow::Result<Exit> {
    let plan = super::plan(&options.plan)?;
    let statement = options.statement(&plan)?;
    let key = options.key.read()?;
    let envelope = statement.sign(&key)?;
    let store = options.store.open(global).await?;
    if !is_registered(store.log(), &plan).await? {
        terminal::note(&format!(
            "warning: the plan {} is not registered in this log, so the result will not count\n\
             hint: `headworks evaluation register` goes first",
            plan.digest
        ));
    }
    let logged = store.log().append(std::slice::from_ref(&envelope)).await?;
    let bundle = Bundle::new(Material::KeyHint(oms::hint(&key.public()?)), envelope);
    write_atomically(&options.output, &bundle.to_json())?;
    let index = logged.first().map(|entry| entry.index.to_string()).unwrap_or_default();
    let result = TestResult::of(&statement)?;
    terminal::answer(&text(&result))?;
    terminal::note(&format!("entry {index} of the log; wrote `{}`", options.output.display()));
    Ok(if result.result == Outcome::Failed { Exit::Refused } else { Exit::Fine })
}

impl Options {
    fn statement(&self, plan: &Plan) -> anyhow::Result<Statement> {
        let path = &self.results;
        let text = fs::read(path).with_context(|| format!("cannot read the results `{}`", path.display()))?;
        let metrics =
            evaluation::metrics(&text).with_context(|| format!("cannot use the results `{}`", path.display()))?;
        let digest = |path: &Path| anyhow::Ok(measured::digest(&measured::artifact(path)?));
        let (dataset, harness) = (digest(&self.dataset)?, digest(&self.harness)?);
        let measured = Measured { metrics, digest: Digest::of(&text), dataset, harness };
        Ok(plan.result(subject(&self.model)?, &measured)?)
    }
}

/// The model by its tree, and by its content when it is one file, however that is called elsewhere.
fn subject(model: &Path) -> anyhow::Result<Vec<ResourceDescriptor>> {
    let artifact = measured::artifact(model)?;
    let tree = ResourceDescriptor::sha256(format!("tree:{}", artifact.name), artifact.digest.hex());
    let alone = if artifact.kind == ArtifactKind::File { measured::files(&artifact) } else { Vec::new() };
    Ok(std::iter::once(tree).chain(alone).collect())
}

async fn is_registered(log: &headworks_store::Log, plan: &Plan) -> anyhow::Result<bool> {
    for entry in log.find(&plan.digest).await? {
        let statement = Statement::from_json(log.envelope(&entry)?.payload_unverified());
        if statement.is_ok_and(|statement| evaluation::registers(&statement, &plan.digest)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn text(result: &TestResult) -> String {
    let word = if result.result == Outcome::Failed { "FAILED" } else { "PASSED" };
    let line = |sign: &str, test: &String| format!("  {sign} {}\n", test.escape_debug());
    let failed = result.failed_tests.iter().map(|test| line("-", test));
    let passed = result.passed_tests.iter().map(|test| line("+", test));
    std::iter::once(format!("{word}\n")).chain(failed).chain(passed).collect()
}
