//! Settings as flags of the commands that take them.

use super::setting::Setting;
use super::settings::SETTINGS;
use super::sources::Inputs;
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgMatches, Command};
use std::ffi::OsString;
use std::path::PathBuf;

/// The command with the flags that the table gives to its subcommands.
pub fn add_flags(command: Command) -> Command {
    let taken = |setting: &'static Setting| setting.commands.iter().map(move |it| (it, setting));
    SETTINGS.iter().flat_map(taken).fold(command, |command, (path, setting)| {
        let path: Vec<&str> = path.split(' ').collect();
        with_flag(command, &path, setting)
    })
}

/// The command with the flag at the subcommand to which the path leads.
fn with_flag(command: Command, path: &[&str], setting: &'static Setting) -> Command {
    match path {
        [] => command.arg(flag(setting)),
        [name, rest @ ..] => {
            command.mut_subcommand(name, |subcommand| with_flag(subcommand, rest, setting))
        }
    }
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

/// What a process with these arguments was given; -q and -v are short for a log filter.
pub fn inputs(
    matches: &ArgMatches,
    config: Option<PathBuf>,
    verbose: u8,
    is_quiet: bool,
) -> Inputs {
    let mut flags = given(matches);
    let filter = match (verbose, is_quiet) {
        (0, false) => None,
        (0, true) => Some("error"),
        (1, _) => Some("info"),
        (_, _) => Some("debug"),
    };
    let log = SETTINGS.iter().find(|setting| setting.name == "log");
    // Where --log is given too, it stands first and wins.
    flags.extend(log.zip(filter).map(|(log, filter)| (log, filter.into())));
    Inputs {
        flags,
        is_quiet,
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
