//! Settings: one table says what there is; flags, environment and a file say what it shall be.

mod example;
mod explain;
mod file;
mod flags;
mod names;
mod setting;
mod settings;
mod sources;
#[cfg(test)]
mod tests;

pub use example::example;
pub use explain::explain;
pub use flags::{add_flags, inputs};
pub use setting::{BusAddress, LogFormat, PROVIDER_PORT, ProviderAddress, Role, StoreAddress};
pub use settings::Configuration;

use settings::SETTINGS;
use sources::{Gathered, Inputs, gather, unknown_variables};
use terminal::{Failure, note};

/// What the process was given; what it has no use for is said on standard error.
///
/// # Errors
/// Everything that makes no sense: which, where it came from, and what is allowed.
pub fn load(inputs: &Inputs) -> Result<(Configuration, Vec<sources::Value>), Failure> {
    let usage =
        |faults: Vec<String>| Failure::usage(faults.join("\n"), "orderweaver config example");
    let Gathered { values, warnings } = gather(inputs).map_err(usage)?;
    warn(inputs, warnings);
    let configuration = Configuration::read(&values).map_err(usage)?;
    Ok((configuration, values))
}

/// The same inputs with that store in place of any other.
pub fn with_store(mut inputs: Inputs, url: Option<&str>) -> Inputs {
    let store = SETTINGS.iter().find(|setting| setting.name == "store");
    inputs.flags.extend(store.zip(url.map(Into::into)));
    inputs
}

/// Says which variables begin like ours and are none.
pub fn warn_of_unknown(inputs: &Inputs) {
    warn(inputs, unknown_variables(inputs));
}

fn warn(inputs: &Inputs, warnings: impl IntoIterator<Item = String>) {
    for warning in warnings.into_iter().filter(|_| !inputs.is_quiet) {
        note(format_args!("warning: {warning}"));
    }
}
