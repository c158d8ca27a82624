//! `orderweaver bench`, with the flags that every command has.

use crate::failure::Failure;
use bench::{Arguments, Format};
use std::process::ExitCode;

/// Measures a server of its own, or the one at `--url`.
///
/// # Errors
/// The figures have no such form.
pub fn run(arguments: &Arguments, globals: &::cli::Globals) -> Result<ExitCode, Failure> {
    let format = match globals.output {
        ::cli::Format::Table => Format::Table,
        ::cli::Format::Json => Format::Json,
        ::cli::Format::Jsonl | ::cli::Format::Yaml => {
            let what = "the figures are printed as table or json";
            return Err(Failure::usage(what, "orderweaver bench -o json"));
        }
    };
    Ok(bench::run(arguments, globals.url.as_deref(), format))
}
