//! `orderweaver config explain`: what each setting is, and why.

use super::settings::SETTINGS;
use super::sources::Value;
use ::cli::Globals;
use serde_json::json;
use terminal::{Column, Outcome, Shown, column};

const COLUMNS: &[Column] = &[
    column("SETTING", "/setting", Shown::Text),
    column("VALUE", "/value", Shown::Text),
    column("SOURCE", "/source", Shown::Text),
    column("DEFAULT", "/default", Shown::Text),
    column("MEANING", "/meaning", Shown::Text),
];

/// Prints value, source, default and meaning of each.
///
/// # Errors
/// It can't be written, or nobody reads it any more.
pub fn explain(values: &[Value], globals: &Globals) -> Outcome {
    let rows = SETTINGS.iter().zip(values).map(|(setting, value)| {
        json!({
            "setting": setting.name,
            "value": (setting.shown)(&value.text),
            "source": value.source.to_string(),
            "default": setting.default,
            "meaning": setting.meaning,
            "allowed": (setting.allowed)(),
            "flag": setting.flag(),
            "variable": setting.variable(),
        })
    });
    let mut list = globals.output().list(COLUMNS);
    list.push(&rows.collect::<Vec<_>>())?;
    list.end().map(|_| ())
}
