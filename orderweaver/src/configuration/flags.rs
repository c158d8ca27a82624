//! Settings as flags of the commands that take them.

use super::setting::Setting;
use super::settings::SETTINGS;
use super::sources::Inputs;
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgMatches, Command};
use std::ffi::OsString;
use std::path::PathBuf;

/// The command with the flags that the table gives to it and its subcommands.
pub fn add_flags(command: Command) -> Command {
    SETTINGS.iter().fold(command, |command, setting| {
        setting.commands.iter().fold(command, |command, name| {
            command.mut_subcommand(name, |subcommand| subcommand.arg(flag(setting)))
        })
    })
}

fn flag(setting: &'static Setting) -> Arg {
    let Setting { meaning, default, .. } = setting;
    let (allowed, variable) = ((setting.allowed)(), setting.variable());
    Arg::new(setting.name)
        .long(setting.name.replace('_', "-"))
        .value_name(setting.placeholder)
        .value_parser(OsStringValueParser::new())
        .help(format!("{meaning} [default: {default}]"))
        .long_help(format!(
            "{meaning}\n\nAllowed: {allowed}.\n\n[variable: {variable}, default: {default}]"
        ))
}

/// What a process with these arguments was given.
pub fn inputs(matches: &ArgMatches, config: Option<PathBuf>) -> Inputs {
    Inputs {
        flags: given(matches),
        config,
        variables: std::env::vars_os().collect(),
        folder: PathBuf::new(),
    }
}

/// The settings among the flags of the command and its subcommand.
fn given(matches: &ArgMatches) -> Vec<(&'static Setting, OsString)> {
    let value = |setting: &'static Setting| {
        let text = matches.try_get_one::<OsString>(setting.name).ok().flatten()?;
        Some((setting, text.clone()))
    };
    let mut found: Vec<_> = SETTINGS.iter().filter_map(value).collect();
    found.extend(matches.subcommand().map(|(_, matches)| given(matches)).into_iter().flatten());
    found
}
