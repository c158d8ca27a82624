//! Where values come from: a flag, else the environment, else a file, else the default.

use super::file;
use super::names::{CONFIG_VARIABLE, FORMER, FORMER_NAMES, OTHERS, nearest};
use super::setting::{Kind, Setting, StoreUrl, VARIABLE_PREFIX};
use super::settings::SETTINGS;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a configuration file, and of a file that holds one value.
pub const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The configuration file that is read if it is there.
const CONFIG_FILE: &str = "orderweaver.toml";

/// What a process was given from outside.
pub struct Inputs {
    /// The settings that were given as flags.
    pub flags: Vec<(&'static Setting, OsString)>,
    /// Whether nothing is said but data and errors.
    pub is_quiet: bool,
    /// The file that was named by a flag.
    pub config: Option<PathBuf>,
    /// The environment.
    pub variables: Vec<(OsString, OsString)>,
    /// The working folder.
    pub folder: PathBuf,
}

/// The value of a setting, before it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Of which setting.
    pub name: &'static str,
    /// As it was given.
    pub text: String,
    /// By whom.
    pub source: Source,
}

/// Who gave a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The command line.
    Flag(String),
    /// The environment.
    Variable(String),
    /// A file of settings, or one that holds this value alone.
    File(PathBuf),
    /// Nobody.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(formatter, "flag {flag}"),
            Self::Variable(name) => write!(formatter, "variable {name}"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// One value for every setting, in the order of the table.
#[derive(Debug)]
pub struct Gathered {
    /// The values.
    pub values: Vec<Value>,
    /// What was given and is not used.
    pub warnings: Vec<String>,
}

/// Finds the value of every setting.
///
/// # Errors
/// Everything that is given and makes no sense.
pub fn gather(inputs: &Inputs) -> Result<Gathered, Vec<String>> {
    let (entries, mut faults) = match config_file(inputs) {
        Ok(Some(path)) => file::entries(&path).map_or_else(|it| (vec![], it), |it| (it, vec![])),
        Ok(None) => (vec![], vec![]),
        Err(fault) => (vec![], vec![fault]),
    };
    let mut values = vec![];
    for setting in SETTINGS {
        let given = given_by_flag(inputs, setting)
            .or_else(|| given_by_environment(inputs, setting).transpose())
            .transpose();
        match given {
            Ok(given) => {
                let in_file = || entries.iter().find(|value| value.name == setting.name).cloned();
                let default = || Value {
                    name: setting.name,
                    text: setting.default.into(),
                    source: Source::Default,
                };
                values.push(given.or_else(in_file).unwrap_or_else(default));
            }
            Err(fault) => faults.push(fault),
        }
    }
    let preferred = prefer_folder(&mut values);
    let unknown = unknown_variables(inputs).chain(former_variables(inputs));
    let warnings = unknown.chain(preferred).collect();
    if faults.is_empty() { Ok(Gathered { values, warnings }) } else { Err(faults) }
}

/// Whoever names a folder on the command line means the store in it, whatever else is set. What is
/// not used for that is told of.
fn prefer_folder(values: &mut [Value]) -> Option<String> {
    let is_flag = |name: &str| {
        let value = values.iter().find(|value| value.name == name);
        value.is_some_and(|value| matches!(value.source, Source::Flag(_)))
    };
    if !is_flag("data") || is_flag("store") {
        return None;
    }
    let store = values.iter_mut().find(|value| value.name == "store")?;
    let text = std::mem::replace(&mut store.text, "sqlite".into());
    let source = std::mem::replace(&mut store.source, Source::Default);
    (text != store.text).then(|| {
        format!(
            "--data names the folder of the store, so {} ({source}) is not used: name that with \
             --store if it is meant",
            StoreUrl::shown(&text)
        )
    })
}

/// What a value says; a fault if it is not allowed.
pub fn read<K: Kind>(values: &[Value], name: &str, faults: &mut Vec<String>) -> Option<K::Value> {
    let value = values.iter().find(|value| value.name == name)?;
    let read = K::read(&value.text);
    if read.is_none() {
        let (text, source, allowed) = (K::shown(&value.text), &value.source, K::allowed());
        faults.push(format!("{name} = {text:?} ({source}) is not allowed; allowed is {allowed}"));
    }
    read
}

fn given_by_flag(inputs: &Inputs, setting: &'static Setting) -> Option<Result<Value, String>> {
    let (_, text) = inputs.flags.iter().find(|(given, _)| given.name == setting.name)?;
    Some(value(setting, text, Source::Flag(setting.flag())))
}

/// An empty variable counts as one that is not set: so do the files that services are started with.
fn variable<'a>(inputs: &'a Inputs, name: &str) -> Option<&'a OsStr> {
    let found = inputs.variables.iter().find(|(given, _)| given == name);
    found.map(|(_, text)| text.as_os_str()).filter(|text| !text.is_empty())
}

fn given_by_environment(
    inputs: &Inputs,
    setting: &'static Setting,
) -> Result<Option<Value>, String> {
    let (name, file_name) = (setting.variable(), setting.file_variable());
    let former = FORMER_NAMES.iter().find(|(of, _)| *of == setting.name);
    let names = [Some(name.clone()), Some(file_name.clone()), former.map(|it| it.1.to_string())];
    let mut set = names.into_iter().flatten().filter(|name| variable(inputs, name).is_some());
    let Some(given) = set.next() else { return Ok(None) };
    if let Some(other) = set.next() {
        return Err(format!("{given} and {other} are both set: unset one"));
    }
    let text = variable(inputs, &given).unwrap_or_default();
    if given != file_name {
        return value(setting, text, Source::Variable(given)).map(Some);
    }
    let path = inputs.folder.join(text);
    let text = text_of(&path).map_err(|error| format!("{file_name}: {error}"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    Ok(Some(Value { name: setting.name, text: text.into(), source: Source::File(path) }))
}

fn value(setting: &'static Setting, text: &OsStr, source: Source) -> Result<Value, String> {
    match text.to_str() {
        Some(text) => Ok(Value { name: setting.name, text: text.into(), source }),
        None => Err(format!("{} ({source}) is not UTF-8", setting.name)),
    }
}

/// The file that was named, or the one that is looked for where none was.
fn config_file(inputs: &Inputs) -> Result<Option<PathBuf>, String> {
    let named = inputs.config.as_deref().map(Path::as_os_str);
    if let Some(path) = named.or_else(|| variable(inputs, CONFIG_VARIABLE)) {
        return Ok(Some(inputs.folder.join(path)));
    }
    let path = inputs.folder.join(CONFIG_FILE);
    let is_there = path.try_exists().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(is_there.then_some(path))
}

/// The text of a small file.
///
/// # Errors
/// It can't be read, is too large or not UTF-8.
pub fn text_of(path: &Path) -> Result<String, String> {
    let failed = |what: &str| format!("{}: {what}", path.display());
    let mut text = vec![];
    let file = File::open(path).map_err(|error| failed(&error.to_string()))?;
    let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text);
    let length = read.map_err(|error| failed(&error.to_string()))?;
    if length as u64 > FILE_BYTES_MAX {
        return Err(failed(&format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    String::from_utf8(text).map_err(|_| failed("it is not UTF-8"))
}

/// Variables that begin like ours and are none.
pub fn unknown_variables(inputs: &Inputs) -> impl Iterator<Item = String> {
    let names = SETTINGS.iter().flat_map(|it| [it.variable(), it.file_variable()]);
    let known: Vec<String> = names.chain(OTHERS.iter().map(|(name, _)| (*name).into())).collect();
    let given = inputs.variables.iter().map(|(name, _)| name.to_string_lossy());
    let unknown = given.filter(|name| name.starts_with(VARIABLE_PREFIX));
    unknown.filter_map(move |name| {
        // Whoever misspells a value does not mean a file that holds it.
        let is_file = name.ends_with("_FILE");
        let alike = known.iter().filter(|known| known.ends_with("_FILE") == is_file);
        let is_known = known.iter().any(|known| *known == name);
        (!is_known).then(|| format!("{name} is no setting{}", nearest(&name, alike)))
    })
}

/// Variables that the predecessor knew and this version has no use for.
fn former_variables(inputs: &Inputs) -> impl Iterator<Item = String> {
    FORMER.iter().filter_map(|former| {
        let text = variable(inputs, former.name)?;
        let is_agreed = former.agreed.iter().any(|agreed| text.eq_ignore_ascii_case(agreed));
        (!is_agreed).then(|| format!("{} is not used: {}", former.name, former.instead))
    })
}
