//! Where the servers are.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The URL of a PostgreSQL in which tests may make and drop databases: that of `DATABASE_URL`, else
/// one that is started.
///
/// # Panics
/// It can't be started; the message says what to do.
pub fn postgres() -> &'static str {
    static URL: LazyLock<Option<String>> = LazyLock::new(|| find("postgres", "DATABASE_URL"));
    URL.as_deref().unwrap_or_else(|| panic!("{}", absent("postgres", "DATABASE_URL")))
}

/// Host and port of a Kafka on which tests may make topics: those of `KAFKA_BROKERS`, else of one
/// that is started.
///
/// # Panics
/// It can't be started; the message says what to do.
pub fn kafka() -> &'static str {
    static BROKERS: LazyLock<Option<String>> = LazyLock::new(|| find("kafka", "KAFKA_BROKERS"));
    BROKERS.as_deref().unwrap_or_else(|| panic!("{}", absent("kafka", "KAFKA_BROKERS")))
}

fn find(server: &str, variable: &str) -> Option<String> {
    let named = std::env::var(variable).ok().filter(|named| !named.is_empty());
    named.or_else(|| start(&mut script(), server, variable))
}

/// The script that starts servers.
pub(crate) fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/services.sh"))
}

fn absent(server: &str, variable: &str) -> String {
    format!(
        "this test needs {server}, which did not start\n\
         next: run `scripts/services.sh up {server}` to see why, or name one with {variable}"
    )
}

/// Of test programs that run at once one starts it, the others wait: the script has a lock.
pub(crate) fn start(script: &mut Command, server: &str, variable: &str) -> Option<String> {
    let output = script.args(["up", server]).stderr(Stdio::inherit()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    let mut settings = said.lines().filter_map(|line| line.split_once('='));
    settings.find_map(|(name, value)| (name == variable).then(|| value.into()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    fn start(script: &str, server: &str) -> Option<String> {
        super::start(&mut Command::new(script), server, "KAFKA_BROKERS")
    }

    #[test]
    fn a_script_that_fails_or_names_no_address_has_started_nothing() {
        assert_eq!(start("/no/such/script", "kafka"), None);
        assert_eq!(start("false", "kafka"), None);
        assert_eq!(start("echo", "kafka"), None);
        assert_eq!(start("echo", "kafka\nKAFKA_BROKERS=host:1").as_deref(), Some("host:1"));
    }
}
