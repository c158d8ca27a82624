//! How far a long command is, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that looks like that; hidden where standard error is no terminal.
pub fn bar(is_quiet: bool, template: &str) -> ProgressBar {
    let bar = if is_quiet { ProgressBar::hidden() } else { ProgressBar::no_length() };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
