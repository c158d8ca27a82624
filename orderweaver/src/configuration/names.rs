//! Names that are no settings: misspelt ones, and those that the predecessor knew.

use super::setting::VARIABLE_PREFIX;

/// An environment variable of the predecessor that this version has no use for.
pub struct Former {
    /// Its name.
    pub name: &'static str,
    /// Why it is not used, and what there is instead.
    pub instead: &'static str,
    /// The values that ask for what this version does anyway.
    pub agreed: &'static [&'static str],
}

/// "Yes", as the predecessor could read it.
const YES: &[&str] = &["true", "1", "yes", "on"];

/// They are told apart from ours: whoever sets one must hear that nothing comes of it.
pub const FORMER: &[Former] = &[
    Former {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        instead: "no traces are exported; trace ids stand in the log and in error answers",
        agreed: &[],
    },
    Former {
        name: "OTEL_SERVICE_NAME",
        instead: "no traces are exported, and metrics name the services themselves",
        agreed: &[],
    },
    Former {
        name: "OTEL_DISABLED",
        instead: "there is no export of traces to be enabled",
        agreed: YES,
    },
];

/// Settings that the predecessor knew under another name, and that name.
pub const FORMER_NAMES: &[(&str, &str)] =
    &[("store", "DATABASE_URL"), ("bus", "KAFKA_BROKERS"), ("bus_disabled", "KAFKA_DISABLED")];

/// Names the configuration file.
pub const CONFIG_VARIABLE: &str = "ORDERWEAVER_CONFIG";

/// Variables of ours that are no settings of a server, and what they are for.
pub const OTHERS: &[(&str, &str)] = &[
    (CONFIG_VARIABLE, "the file with settings, in place of ./orderweaver.toml"),
    ("ORDERWEAVER_URL", "the address of orders, for the commands that talk to a running shop"),
    (
        "ORDERWEAVER_PROFILE",
        "the name of a shop in ~/.config/orderweaver/config.toml, for the same",
    ),
    ("ORDERWEAVER_SERVICES", "the folder of the servers that the project's own tests start"),
    ("ORDERWEAVER_TOOLS", "the folder of the tools that the project's own scripts install"),
];

/// How alike two names must be for one to be a slip of the other, from 0 to 1.
const LIKENESS_MIN: f64 = 0.7;

/// The end of a sentence about a name that nobody knows: the one that may be meant, if any.
pub fn nearest<'a>(name: &'a str, known: impl Iterator<Item = &'a String>) -> String {
    // What all variables begin with makes none of them more alike.
    let own = |name: &'a str| name.strip_prefix(VARIABLE_PREFIX).unwrap_or(name);
    let rated = known.map(|known| (strsim::jaro_winkler(own(name), own(known)), known));
    let best = rated.max_by(|(one, _), (other, _)| one.total_cmp(other));
    match best.filter(|(likeness, _)| *likeness >= LIKENESS_MIN) {
        Some((_, known)) => format!(": is {known} meant?"),
        None => String::new(),
    }
}
