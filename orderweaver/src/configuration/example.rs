//! `.env.example`: every setting with its meaning, to be copied and changed.

use super::names::{FORMER, FORMER_NAMES, OTHERS};
use super::settings::SETTINGS;

/// The file's text.
pub fn example() -> String {
    let mut text = "# Settings of OrderWeaver, each with its default.\n\
        # Written by `orderweaver config example`. Don't edit it: copy it to `.env`, say there\n\
        # what is to be otherwise, and load that with `set -a; . ./.env; set +a`.\n\
        # A flag wins over the environment, the environment over orderweaver.toml.\n\
        # Each may end in _FILE and then name a file that holds the value.\n"
        .to_string();
    for setting in SETTINGS {
        let (meaning, allowed) = (setting.meaning, (setting.allowed)());
        let (variable, default) = (setting.variable(), setting.default);
        text += &format!("\n# {meaning}\n# Allowed: {allowed}.\n");
        if let Some((_, former)) = FORMER_NAMES.iter().find(|(name, _)| *name == setting.name) {
            text += &format!("# {former} says the same; set only one of the two.\n");
        }
        text += &format!("# {variable}={default}\n");
    }
    for (name, meaning) in OTHERS {
        text += &format!("\n# Not set: {meaning}.\n# {name}=\n");
    }
    text += "\n# Names of the predecessor that this version has no use for. Setting one warns.\n";
    for former in FORMER {
        text += &format!("# {}: {}\n", former.name, former.instead);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::example;
    use std::path::Path;

    #[test]
    fn the_example_in_the_tree_is_the_table_of_settings() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.env.example");
        let there = std::fs::read_to_string(path).unwrap_or_default();
        let remedy = "cargo run --package orderweaver -- config example > .env.example";
        assert_eq!(there, example(), "it is out of date: {remedy}");
    }
}
