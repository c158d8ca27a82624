//! `orderweaver bench`, with the flags that every command has.

use bench::{Arguments, Format};
use std::process::ExitCode;

/// Measures a server of its own, or the one at `--url`.
pub fn run(arguments: &Arguments, globals: &::cli::Globals) -> ExitCode {
    let format = match globals.output {
        ::cli::Format::Table => Format::Table,
        ::cli::Format::Json => Format::Json,
        ::cli::Format::Jsonl => Format::Jsonl,
        ::cli::Format::Yaml => Format::Yaml,
    };
    bench::run(arguments, globals.url.as_deref(), format)
}
