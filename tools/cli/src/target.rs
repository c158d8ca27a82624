//! Which shop a command talks to, and how long it waits for it.

use crate::Command;
use crate::client::{Client, DEFAULT_TIMEOUT};
use crate::globals::{Context, Globals, Reached};
use crate::profile::{self, Said};
use clap::{Args, Parser, Subcommand};
use std::time::Duration;
use terminal::{Failure, Interrupt, duration, quoted, words};

/// The flags of the commands that talk to a shop.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Which shop")]
pub struct Target {
    /// The address of orders (or ORDERWEAVER_URL; http://localhost:8001 if nothing is said);
    /// payments, inventory and orchestrator follow at port +1, +2 and +3.
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// The addresses by a name from ~/.config/orderweaver/config.toml (or ORDERWEAVER_PROFILE).
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "url")]
    pub profile: Option<String>,
    /// How long to wait, such as 10s or 2m: for an answer (30s if nothing is said), or for what
    /// is followed (for ever).
    #[arg(long, global = true, value_name = "DURATION", value_parser = timeout)]
    pub timeout: Option<Duration>,
}

/// Commands that all talk to a shop.
#[derive(Args, Debug)]
pub struct Talk<T: Subcommand> {
    /// What to do there.
    #[command(subcommand)]
    pub what: T,
    /// Where.
    #[command(flatten)]
    pub target: Target,
}

/// A command line, to see what it talks to.
#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    _globals: Globals,
}

impl Target {
    /// What a command works with; `help` is its name.
    ///
    /// # Errors
    /// No address is right.
    pub fn context(
        &self,
        globals: &Globals,
        help: &'static str,
        interrupt: Interrupt,
    ) -> Result<Context, Failure> {
        let said = Said::here(self.url.clone(), self.profile.clone());
        let addresses = said.addresses(profile::text()?.as_deref())?;
        let (notes, output) = (globals.notes(), globals.output());
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let client = Client::new(addresses, timeout, help, notes, interrupt.clone());
        let (target, reached) = (self.clone(), Reached::default());
        Ok(Context { client, output, notes, interrupt, target, reached })
    }

    /// A command with the flags that lead it to the same shop, where it talks to one. What the
    /// environment says leads it there by itself.
    pub fn lead(&self, command: &str) -> String {
        let flag = match self {
            Self { url: Some(url), .. } => format!(" --url {}", quoted(url)),
            Self { profile: Some(name), .. } => format!(" --profile {}", quoted(name)),
            Self { url: None, profile: None, .. } => String::new(),
        };
        let line = Line::try_parse_from(words(command)).ok();
        let target = line.as_ref().and_then(|line| line.command.target());
        match target {
            Some(Self { url: None, profile: None, .. }) => format!("{command}{flag}"),
            _ => command.into(),
        }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("in no time nobody can answer; allowed is more, such as 10s".into()),
        span => Ok(span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &Target, command: &str, expected: &str) {
        assert_eq!(target.lead(command), expected);
    }

    #[test]
    fn a_command_is_led_to_the_shop_that_the_user_named() {
        let list = "orderweaver order list";
        let url = Target { url: Some("http://shop:8601".into()), ..Target::default() };
        check(&url, list, "orderweaver order list --url http://shop:8601");
        check(&url, "orderweaver status", "orderweaver status --url http://shop:8601");
        check(&url, "orderweaver event tail", "orderweaver event tail --url http://shop:8601");
        let profile = Target { profile: Some("my shop".into()), ..Target::default() };
        check(&profile, list, "orderweaver order list --profile 'my shop'");
        check(&profile, "orderweaver order get 'a b'", {
            "orderweaver order get 'a b' --profile 'my shop'"
        });
        check(&Target::default(), list, list);
    }

    #[test]
    fn a_command_that_names_a_shop_or_talks_to_none_stays_as_it_is() {
        let target = Target { url: Some("http://shop:8601".into()), ..Target::default() };
        for command in [
            "orderweaver dev --port-offset 600",
            "orderweaver order create --help",
            "orderweaver event types",
            "orderweaver profile list",
            "orderweaver status --url http://localhost:8001",
            "df -h",
            "",
        ] {
            check(&target, command, command);
        }
    }
}
