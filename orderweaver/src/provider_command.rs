//! `orderweaver provider-fake`: the built-in payment provider as a server of its own.

use crate::cli::ServeArguments;
use crate::configuration::{Configuration, PROVIDER_PORT};
use crate::process::{bind, connections_max};
use crate::serve::{interrupt, runtime};
use crate::stores::{books_path, elsewhere};
use crate::telemetry;
use crate::wiring::built_in;
use http_api::Connections;
use payment_fake::Statement;
use std::process::ExitCode;
use terminal::{Failure, When, note};
use tokio::sync::watch;

/// Runs until it is asked to end.
pub fn run(
    arguments: &ServeArguments,
    configuration: &Configuration,
    color: When,
) -> Result<ExitCode, Failure> {
    let interrupt = interrupt(arguments)?;
    telemetry::start(configuration, color)?;
    runtime()?.block_on(async {
        let data = &configuration.data;
        let listener = bind(configuration, PROVIDER_PORT, "provider-fake").await?;
        let provider = built_in(data)?;
        let statement = Statement::open(&books_path(data));
        let statement = statement.map_err(|error| Failure::failed(error, elsewhere(data)))?;
        if let Ok(address) = listener.local_addr() {
            note(format_args!("provider-fake listens on http://{address}"));
        }
        let (stop, stopping) = watch::channel(false);
        let connections = Connections { at_once_max: connections_max(), ..Default::default() };
        let router = payment_http::router(provider, statement);
        let served = http_api::serve(listener, router, connections, stopping);
        let end = async {
            interrupt.asked().await;
            stop.send_replace(true);
            interrupt.insisted().await;
        };
        tokio::select! {
            () = served => {}
            () = end => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}
