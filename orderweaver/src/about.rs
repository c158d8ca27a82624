//! What the program says of itself: how to begin, its version, completions and manual pages.

use crate::cli::Cli;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;
use terminal::{Failure, Format, again_with, line, text};

const NAME: &str = "orderweaver";

/// What to do first.
const BEGINNING: &str = "\
an event-driven e-commerce core on sagas, in one binary.

  orderweaver dev               start a whole shop here, with sample orders
  orderweaver order create      place an order in it (--help says how)
  orderweaver order list        see what became of the orders
  orderweaver event tail        follow what happens
  orderweaver sim --seed 1      run it all in a simulator that breaks everything it can
  orderweaver --help            all commands";

/// For whoever calls it without a word.
///
/// # Errors
/// It can't be printed.
pub fn begin() -> Result<ExitCode, Failure> {
    line(format_args!("OrderWeaver {}: {BEGINNING}", env!("CARGO_PKG_VERSION")))?;
    Ok(ExitCode::SUCCESS)
}

/// Which program this is; all that there is to know of it where it is asked for.
///
/// # Errors
/// It can't be printed.
pub fn version(is_verbose: bool, format: Format) -> Result<ExitCode, Failure> {
    let facts = if is_verbose { build() } else { vec![] };
    let named = [("name", NAME.into()), ("version", env!("CARGO_PKG_VERSION").into())];
    let fields = named.into_iter().chain(facts.clone());
    let document = fields.map(|(name, fact)| (name.to_string(), Value::from(fact))).collect();
    let table = || {
        let facts = facts.iter().map(|(name, fact)| format!("  {name:<9} {fact}\n"));
        format!("{NAME} {}\n{}", env!("CARGO_PKG_VERSION"), facts.collect::<String>())
    };
    text(&format.document(&document).unwrap_or_else(table))?;
    Ok(ExitCode::SUCCESS)
}

/// How it was built, and with what.
fn build() -> Vec<(&'static str, String)> {
    vec![
        ("commit", env!("BUILD_COMMIT").into()),
        ("compiler", env!("BUILD_COMPILER").into()),
        ("profile", env!("BUILD_PROFILE").into()),
        ("target", env!("BUILD_TARGET").into()),
        ("stores", format!("SQLite {}, PostgreSQL", store_sqlite::sqlite_version())),
        ("buses", if cfg!(feature = "kafka") { "Kafka" } else { "none" }.into()),
        ("providers", payments::Provider::Fake.as_str().into()),
    ]
}

/// The script that lets a shell complete our commands.
pub fn completion(shell: Shell) -> String {
    let mut script = vec![];
    clap_complete::generate(shell, &mut Cli::tree(), NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Prints the manual, a page for each command; or writes the pages into a folder.
///
/// # Errors
/// The folder can't be written, or they can't be printed.
pub fn manual(folder: Option<&Path>) -> Result<ExitCode, Failure> {
    let failed = |error| Failure::failed(error, again_with("--dir", "man"));
    match folder {
        Some(folder) => {
            let written = std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Cli::tree(), folder));
            let what = |error| format!("--dir {}: {error}", folder.display());
            written.map_err(|error| failed(what(error)))?;
        }
        None => {
            let mut tree = Cli::tree();
            tree.build();
            let mut pages = vec![];
            render(&tree, &mut pages).map_err(|error| failed(error.to_string()))?;
            text(&String::from_utf8_lossy(&pages))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn render(command: &Command, pages: &mut Vec<u8>) -> std::io::Result<()> {
    Man::new(command.clone()).render(pages)?;
    let mut shown =
        command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help");
    shown.try_for_each(|subcommand| render(subcommand, pages))
}
