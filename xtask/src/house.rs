//! The house as data: which crates there are, what each may depend on, what pure code must not
//! say, and how large things may be. A change of the rules is a change of this file.

/// Which crates of ours a crate may depend on.
#[derive(Clone, Copy, Debug)]
pub enum Ours {
    /// These.
    Only(&'static [&'static str]),
    /// All but these.
    AllBut(&'static [&'static str]),
}

/// Which crates of others a crate may depend on.
#[derive(Clone, Copy, Debug)]
pub enum Others {
    /// Any: the crate does input and output.
    Any,
    /// These: the crate is pure.
    Only {
        /// In the code.
        normal: &'static [&'static str],
        /// In `build.rs`, besides those of the code.
        build: &'static [&'static str],
    },
}

/// A crate and what it may depend on.
#[derive(Clone, Copy, Debug)]
pub struct CrateRule {
    /// The package's name.
    pub name: &'static str,
    /// Its folder, from the root of the workspace.
    pub folder: &'static str,
    /// Crates of ours.
    pub ours: Ours,
    /// Crates of others.
    pub others: Others,
}

impl CrateRule {
    /// No input or output, no clock, no chance, no order that depends on a hash.
    pub const fn is_pure(&self) -> bool {
        matches!(self.others, Others::Only { .. })
    }

    /// Whether it may depend on that crate of ours.
    pub fn allows_ours(&self, name: &str) -> bool {
        match self.ours {
            Ours::Only(allowed) => allowed.contains(&name),
            Ours::AllBut(refused) => !refused.contains(&name),
        }
    }

    /// Whether it may depend on that crate of others.
    pub fn allows_other(&self, name: &str, in_build_script: bool) -> bool {
        match self.others {
            Others::Any => true,
            Others::Only { normal, build } => {
                normal.contains(&name) || (in_build_script && build.contains(&name))
            }
        }
    }
}

const SERDE: &[&str] = &["serde", "serde_json"];

/// Every crate of the workspace. One that isn't here fails; one that doesn't exist yet is fine.
pub const CRATES: &[CrateRule] = &[
    CrateRule {
        name: "contracts",
        folder: "core/contracts",
        ours: Ours::Only(&[]),
        others: Others::Only {
            normal: &["iso_currency", "prost", "serde", "sha2"],
            build: &["prost-build", "prost-types", "protox"],
        },
    },
    pure(
        "service",
        "core/service",
        &["contracts"],
        &["serde", "serde_json", "indexmap", "rustc-hash"],
    ),
    pure("saga", "core/saga", &["contracts"], &["serde"]),
    pure("orders", "services/orders", &["contracts", "service"], SERDE),
    pure("payments", "services/payments", &["contracts", "service"], SERDE),
    pure("inventory", "services/inventory", &["contracts", "service"], SERDE),
    pure("orchestrator", "services/orchestrator", &["contracts", "service", "saga"], SERDE),
    shell("engine", "engine", &["contracts", "service"]),
    shell(
        "hosting",
        "hosting",
        &["contracts", "engine", "orders", "payments", "inventory", "orchestrator"],
    ),
    shell("store-sqlite", "adapters/store-sqlite", &["engine", "service", "contracts"]),
    shell("store-postgres", "adapters/store-postgres", &["engine", "service", "contracts"]),
    shell("bus-kafka", "adapters/bus-kafka", &["engine", "contracts"]),
    shell("payment-fake", "adapters/payment-fake", &["engine", "contracts"]),
    shell("payment-http", "adapters/payment-http", &["engine", "contracts", "payment-fake"]),
    shell(
        "http-api",
        "adapters/http",
        &[
            "engine",
            "contracts",
            "service",
            "orders",
            "payments",
            "inventory",
            "orchestrator",
            "saga",
        ],
    ),
    shell(
        "check",
        "tools/check",
        &[
            "engine",
            "contracts",
            "service",
            "saga",
            "orders",
            "payments",
            "inventory",
            "orchestrator",
        ],
    ),
    shell("terminal", "tools/terminal", &[]),
    shell("cli", "tools/cli", &["contracts", "terminal"]),
    shell("bench", "tools/bench", &["contracts", "terminal"]),
    wide("sim", "testing/sim", &["http-api", "store-sqlite", "xtask"]),
    shell("conformance", "testing/conformance", &["engine", "service", "contracts"]),
    shell("servers", "testing/servers", &[]),
    shell(
        "chaos",
        "testing/chaos",
        &[
            "bus-kafka",
            "contracts",
            "engine",
            "hosting",
            "servers",
            "sim",
            "store-postgres",
            "terminal",
        ],
    ),
    wide("micro", "bench/micro", &["xtask"]),
    wide("orderweaver", "orderweaver", &["xtask"]),
    shell(
        "xtask",
        "xtask",
        &[
            "contracts",
            "hosting",
            "http-api",
            "service",
            "saga",
            "orders",
            "payments",
            "inventory",
            "orchestrator",
            "store-postgres",
            "store-sqlite",
        ],
    ),
];

const fn pure(
    name: &'static str,
    folder: &'static str,
    ours: &'static [&'static str],
    others: &'static [&'static str],
) -> CrateRule {
    let others = Others::Only { normal: others, build: &[] };
    CrateRule { name, folder, ours: Ours::Only(ours), others }
}

const fn shell(
    name: &'static str,
    folder: &'static str,
    ours: &'static [&'static str],
) -> CrateRule {
    CrateRule { name, folder, ours: Ours::Only(ours), others: Others::Any }
}

const fn wide(
    name: &'static str,
    folder: &'static str,
    refused: &'static [&'static str],
) -> CrateRule {
    CrateRule { name, folder, ours: Ours::AllBut(refused), others: Others::Any }
}

/// What the code of some crates must not say.
#[derive(Clone, Copy, Debug)]
pub struct Forbidden {
    /// Rust tokens in a row; in a `use` with braces they are found too.
    pub pattern: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

const NO_ORDER: &str = "its order is chance; use `BTreeMap`, `BTreeSet` or `IndexMap`";
const NO_CLOCK: &str = "the time is an argument (`now: Timestamp`) or comes from the port `Clock`";
const NO_OUTSIDE: &str = "pure code takes what it needs as an argument and gives back a value";

/// Forbidden in pure crates and in the engine, outside of tests.
pub const FORBIDDEN_IN_PURE_AND_ENGINE: &[Forbidden] = &[
    Forbidden { pattern: "HashMap", instead: NO_ORDER },
    Forbidden { pattern: "HashSet", instead: NO_ORDER },
    Forbidden { pattern: "FxHashMap", instead: NO_ORDER },
    Forbidden { pattern: "FxHashSet", instead: NO_ORDER },
    Forbidden { pattern: "Instant::now", instead: NO_CLOCK },
    Forbidden { pattern: "SystemTime::now", instead: NO_CLOCK },
];

/// Forbidden in pure crates, outside of tests and build scripts.
pub const FORBIDDEN_IN_PURE: &[Forbidden] = &[
    Forbidden { pattern: "std::time::Instant", instead: NO_CLOCK },
    Forbidden { pattern: "SystemTime", instead: NO_CLOCK },
    Forbidden { pattern: "rand", instead: "what looks random is derived from the causing id" },
    Forbidden { pattern: "std::fs", instead: NO_OUTSIDE },
    Forbidden { pattern: "std::net", instead: NO_OUTSIDE },
    Forbidden { pattern: "std::env", instead: NO_OUTSIDE },
    Forbidden { pattern: "std::thread", instead: NO_OUTSIDE },
    Forbidden { pattern: "tokio", instead: NO_OUTSIDE },
    Forbidden { pattern: "async", instead: "pure code is synchronous; waiting is the engine's" },
    Forbidden { pattern: "print!", instead: NO_OUTSIDE },
    Forbidden { pattern: "println!", instead: NO_OUTSIDE },
    Forbidden { pattern: "eprint!", instead: NO_OUTSIDE },
    Forbidden { pattern: "eprintln!", instead: NO_OUTSIDE },
];

/// A file that may say what is forbidden, and why.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// The file, from the root of the workspace.
    pub path: &'static str,
    /// The forbidden pattern, as it stands in the tables above.
    pub pattern: &'static str,
    /// Why it does no harm there.
    pub reason: &'static str,
}

/// None yet. One that is no longer needed fails.
pub const EXCEPTIONS: &[Exception] = &[];

/// A file has at most so many lines.
pub const FILE_LINES_MAX: usize = 500;
/// A file of tests has at most so many lines.
pub const TEST_FILE_LINES_MAX: usize = 1_000;
/// A function has at most so many lines, from `fn` to its closing brace.
pub const FUNCTION_LINES_MAX: usize = 70;
/// A line has at most so many columns.
pub const LINE_COLUMNS_MAX: usize = 100;
/// A port has at most so many methods.
pub const PORT_METHODS_MAX: usize = 10;
/// The name of a test has at least so many words.
pub const TEST_NAME_WORDS_MIN: usize = 3;

/// The rule of that crate.
pub fn crate_rule(name: &str) -> Option<&'static CrateRule> {
    CRATES.iter().find(|rule| rule.name == name)
}

/// The rule of the crate that a file belongs to.
pub fn crate_of(path: &str) -> Option<&'static CrateRule> {
    CRATES.iter().find(|rule| {
        path.strip_prefix(rule.folder).is_some_and(|in_folder| in_folder.starts_with('/'))
    })
}
