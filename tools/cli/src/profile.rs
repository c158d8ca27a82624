//! Which addresses to use: a flag, the environment, or a profile in the user's configuration.

use crate::address::{Addresses, DEFAULT_URL};
use crate::globals::Globals;
use clap::Subcommand;
use contracts::ServiceName;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use terminal::{Column, Failure, Outcome, Shown, column, quoted};

/// A profile to begin with.
const EXAMPLE: &str = "[profiles.local]\nurl = \"http://localhost:8001\"";
/// For whoever can have no profile.
const EXAMPLE_STATUS: &str = "orderweaver status --url http://localhost:8001";
const NO_FOLDER: &str = "neither XDG_CONFIG_HOME nor HOME names a folder (from the root on), so \
                         there is no orderweaver/config.toml with profiles";

/// `config.toml` in the user's configuration folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The profile to use where none is named.
    default: Option<String>,
    /// By name.
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// The addresses of one shop.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Fields")]
enum Profile {
    /// Of orders; the others follow at the next ports.
    Following {
        /// Its address.
        url: String,
    },
    /// Of each service.
    Each {
        /// Its address.
        orders: String,
        /// Its address.
        payments: String,
        /// Its address.
        inventory: String,
        /// Its address.
        orchestrator: String,
    },
}

/// A profile as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    url: Option<String>,
    orders: Option<String>,
    payments: Option<String>,
    inventory: Option<String>,
    orchestrator: Option<String>,
}

const NEEDED: &str = "a profile needs url, the address of orders (the others follow at the next \
                      ports), or else all four of orders, payments, inventory and orchestrator";

impl TryFrom<Fields> for Profile {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, &'static str> {
        let Fields { url, orders, payments, inventory, orchestrator } = fields;
        match (url, orders, payments, inventory, orchestrator) {
            (Some(url), None, None, None, None) => Ok(Self::Following { url }),
            (None, Some(orders), Some(payments), Some(inventory), Some(orchestrator)) => {
                Ok(Self::Each { orders, payments, inventory, orchestrator })
            }
            _ => Err(NEEDED),
        }
    }
}

impl Profile {
    fn addresses(&self) -> Result<Addresses, Failure> {
        match self {
            Self::Following { url } => Addresses::from_url(url),
            Self::Each { orders, payments, inventory, orchestrator } => {
                Addresses::from_each([orders, payments, inventory, orchestrator])
            }
        }
    }
}

/// What was said of the addresses, from the strongest to the weakest.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// `--url`.
    pub url: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `ORDERWEAVER_URL`.
    pub environment_url: Option<String>,
    /// `ORDERWEAVER_PROFILE`.
    pub environment_profile: Option<String>,
}

impl Said {
    /// By flags, and by the environment of this process.
    pub fn here(url: Option<String>, profile: Option<String>) -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let environment_url = variable("ORDERWEAVER_URL");
        Self { url, profile, environment_url, environment_profile: variable("ORDERWEAVER_PROFILE") }
    }

    /// The addresses that were meant; `file` is the text of the configuration, where there is one.
    ///
    /// # Errors
    /// It can't be read, knows no such profile, or holds no address.
    pub fn addresses(&self, file: Option<&str>) -> Result<Addresses, Failure> {
        let by_name = |name: &String| by_name(&read(file)?, name);
        match self {
            Self { url: Some(url), .. } => Addresses::from_url(url),
            Self { profile: Some(name), .. } => by_name(name),
            Self { environment_url: Some(url), .. } => Addresses::from_url(url),
            Self { environment_profile: Some(name), .. } => by_name(name),
            _ => {
                let file = read(file)?;
                match &file.default {
                    Some(name) => self::by_name(&file, name),
                    None => Addresses::from_url(DEFAULT_URL),
                }
            }
        }
    }
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum Profiles {
    /// List the profiles: names for the addresses of shops.
    List,
}

/// Lists the profiles.
///
/// # Errors
/// The configuration can't be read, or the list not printed.
pub fn list(globals: &Globals) -> Outcome {
    let rows = rows(text()?.as_deref())?;
    if rows.is_empty() {
        globals.notes().say(format_args!("none: {}", how()));
    }
    let mut list = globals.output().list(COLUMNS);
    list.push(&rows)?;
    list.end().map(|_| ())
}

const COLUMNS: &[Column] = &[
    column("PROFILE", "/profile", Shown::Text),
    column("DEFAULT", "/is_default", Shown::Text),
    column("ORDERS", "/orders", Shown::Text),
    column("PAYMENTS", "/payments", Shown::Text),
    column("INVENTORY", "/inventory", Shown::Text),
    column("ORCHESTRATOR", "/orchestrator", Shown::Text),
];

fn rows(file: Option<&str>) -> Result<Vec<Value>, Failure> {
    let File { default, profiles } = read(file)?;
    let row = |(name, profile): (String, Profile)| {
        let addresses = profile.addresses()?;
        let mut row = json!({ "profile": name, "is_default": default.as_ref() == Some(&name) });
        for service in ServiceName::ALL {
            row[service.as_str()] = addresses.of(service).into();
        }
        Ok(row)
    };
    profiles.into_iter().map(row).collect()
}

fn by_name(file: &File, name: &str) -> Result<Addresses, Failure> {
    if let Some(profile) = file.profiles.get(name) {
        return profile.addresses();
    }
    let mut failure = Failure::usage(format!("there is no profile {name:?}"), edit(path()));
    let near = file.profiles.keys().max_by(|a, b| {
        let likeness = |known: &str| strsim::jaro_winkler(known, name);
        likeness(a).total_cmp(&likeness(b))
    });
    let near = near.map(|near| format!("the nearest name is {near:?}"));
    failure.details.extend([near.unwrap_or_else(how)]);
    Err(failure)
}

fn read(file: Option<&str>) -> Result<File, Failure> {
    let Some(text) = file else { return Ok(File::default()) };
    toml::from_str(text).map_err(|error| {
        let file = path().unwrap_or_default();
        let mut failure = Failure::usage(format!("{}:", file.display()), edit(Some(file)));
        failure.details = error.to_string().trim_end().lines().map(Into::into).collect();
        failure
    })
}

/// How profiles come about.
fn how() -> String {
    match path() {
        Some(path) => format!("profiles stand in {}, such as\n{EXAMPLE}", path.display()),
        None => NO_FOLDER.into(),
    }
}

/// The command that opens the file of profiles; where it can have none, one that needs none.
fn edit(path: Option<PathBuf>) -> String {
    let Some(path) = path else { return EXAMPLE_STATUS.into() };
    let quoted = |path: &Path| quoted(&path.display().to_string());
    let folder = path.parent().unwrap_or(&path);
    format!("mkdir -p {} && ${{EDITOR:-vi}} {}", quoted(folder), quoted(&path))
}

/// Where the user's configuration stands; nothing where the user has no folder for it.
fn path() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let configuration = folder("XDG_CONFIG_HOME");
    let configuration = configuration.or_else(|| Some(folder("HOME")?.join(".config")));
    Some(configuration?.join("orderweaver/config.toml"))
}

/// The text of the user's configuration; nothing if there is none.
///
/// # Errors
/// It is there and can't be read.
pub fn text() -> Result<Option<String>, Failure> {
    let Some(path) = path() else { return Ok(None) };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let path = path.display();
            let next = format!("ls -l {}", quoted(&path.to_string()));
            Err(Failure::usage(format!("{path}: {error}"), next))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "default = \"shop\"
        [profiles.shop]
        url = \"http://shop:1\"
        [profiles.apart]
        orders = \"https://orders\"
        payments = \"https://payments\"
        inventory = \"https://inventory\"
        orchestrator = \"https://sagas\"";

    fn said(words: [&str; 4]) -> Said {
        let [url, profile, environment_url, environment_profile] =
            words.map(|word| Some(word.to_string()).filter(|word| !word.is_empty()));
        Said { url, profile, environment_url, environment_profile }
    }

    #[track_caller]
    fn check(words: [&str; 4], file: Option<&str>, orchestrator: &str) {
        let addresses = said(words).addresses(file).expect("addresses");
        assert_eq!(addresses.of(ServiceName::Orchestrator), orchestrator);
    }

    #[test]
    fn the_strongest_word_wins() {
        let (flag, environment) = ("http://a:1", "http://b:1");
        check(["", "", "", ""], None, "http://localhost:8004");
        check(["", "", "", ""], Some(FILE), "http://shop:4");
        check(["", "", "", "apart"], Some(FILE), "https://sagas");
        check(["", "", environment, "apart"], Some(FILE), "http://b:4");
        check(["", "apart", environment, ""], Some(FILE), "https://sagas");
        check([flag, "apart", environment, "apart"], Some(FILE), "http://a:4");
    }

    #[track_caller]
    fn check_refused(file: &str, expected: &str) {
        let failure = said(["", "shpo", "", ""]).addresses(Some(file)).expect_err("refused");
        let text = failure.text();
        assert!(text.contains(expected), "{text}");
        assert_eq!(failure.exit, terminal::Exit::Usage);
    }

    #[test]
    fn a_profile_that_is_not_there_or_not_right_is_refused() {
        check_refused(FILE, "there is no profile \"shpo\"\n       the nearest name is \"shop\"");
        check_refused("[profiles.shpo]\nurl = \"shop\"", "\"shop\" is no address such as");
        check_refused("profile = 1", "unknown field `profile`");
        let needs = "a profile needs url, the address of orders";
        check_refused("[profiles.shpo]\norders = \"http://a\"", needs);
        check_refused("[profiles.shpo]", needs);
        check_refused("[profiles.shpo]\nurl = \"http://a:1\"\norders = \"http://a\"", needs);
        check_refused("[profiles.shpo]\nurls = 1", "unknown field `urls`, expected one of `url`");
    }

    #[test]
    fn the_rows_tell_which_profile_is_used() {
        let rows = rows(Some(FILE)).expect("rows");
        let told: Vec<_> = rows.iter().map(|row| (&row["profile"], &row["is_default"])).collect();
        assert_eq!(told, [(&json!("apart"), &json!(false)), (&json!("shop"), &json!(true))]);
    }
}
