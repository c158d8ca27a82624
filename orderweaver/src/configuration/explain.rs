//! `orderweaver config explain`: what each setting is, and why.

use super::settings::SETTINGS;
use super::sources::Value;
use crate::output::line;

/// Prints value, source, default and meaning of each.
pub fn explain(values: &[Value]) {
    line(format_args!(
        "{:<13} {:<14} {:<34} {:<14} MEANING",
        "SETTING", "VALUE", "SOURCE", "DEFAULT"
    ));
    for (setting, value) in SETTINGS.iter().zip(values) {
        let (name, default, meaning) = (setting.name, setting.default, setting.meaning);
        let (text, source) = (&value.text, value.source.to_string());
        line(format_args!("{name:<13} {text:<14} {source:<34} {default:<14} {meaning}"));
    }
}
