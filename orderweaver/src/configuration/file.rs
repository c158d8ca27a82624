//! The configuration file: TOML with one key per setting.

use super::names::nearest;
use super::settings::SETTINGS;
use super::sources::{Source, Value, text_of};
use std::path::Path;

/// What the file sets.
///
/// # Errors
/// It can't be read, is no TOML, or holds what is no setting.
pub fn entries(path: &Path) -> Result<Vec<Value>, Vec<String>> {
    let failed = |what: String| vec![format!("{}: {what}", path.display())];
    let text = text_of(path).map_err(|fault| vec![fault])?;
    let table: toml::Table = text.parse().map_err(|error| failed(told(&text, &error)))?;
    let (mut entries, mut faults) = (vec![], vec![]);
    for (key, value) in table {
        match entry(&key, &value) {
            Ok((name, text)) => {
                entries.push(Value { name, text, source: Source::File(path.into()) });
            }
            Err(what) => faults.extend(failed(what)),
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// Which line is no TOML and why, without the line: a password may stand in it.
fn told(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {} is no TOML: {}", before.matches('\n').count() + 1, error.message().trim_end())
}

fn entry(key: &str, value: &toml::Value) -> Result<(&'static str, String), String> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
        let known: Vec<String> = SETTINGS.iter().map(|setting| setting.name.into()).collect();
        return Err(format!("{key} is no setting{}", nearest(key, known.iter())));
    };
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(is_so) => is_so.to_string(),
        other => {
            let (found, allowed) = (other.type_str(), (setting.allowed)());
            return Err(format!("{key} is of type {found}; allowed is {allowed}"));
        }
    };
    Ok((setting.name, text))
}
