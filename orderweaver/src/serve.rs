//! `orderweaver serve`: services as a company runs them.

use crate::cli::{Role, ServeArguments};
use crate::configuration::{Configuration, StoreAddress};
use crate::process::{Process, listen};
use crate::stores;
use crate::telemetry;
use crate::wiring::Store;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use store_sqlite::Durability;
use terminal::{Failure, Interrupt, When, note};

/// Runs until it is asked to end.
pub fn run(
    arguments: &ServeArguments,
    configuration: &Configuration,
    color: When,
) -> Result<ExitCode, Failure> {
    let ServeArguments { role: Role::All, until_input_ends } = arguments;
    let interrupt = Interrupt::listen()?;
    if *until_input_ends {
        let input = await_end(interrupt.clone());
        input.map_err(|error| Failure::failed(error, "ulimit -u"))?;
    }
    let metrics = telemetry::start(configuration, color)?;
    runtime()?.block_on(async {
        let hosting = Arc::new(hosting::together());
        let listeners = listen(configuration, &hosting).await?;
        match &configuration.store {
            StoreAddress::Folder => {
                let store = stores::sqlite(&configuration.data, Durability::Full, &hosting)?;
                let process = Process::start(configuration, hosting, listeners, store, metrics);
                until_asked(process.await?, &interrupt).await
            }
            StoreAddress::Postgres(url) => {
                let store = stores::postgres(url, &hosting).await?;
                let process = Process::start(configuration, hosting, listeners, store, metrics);
                until_asked(process.await?, &interrupt).await
            }
        }
    })
}
async fn until_asked<S: Store>(
    process: Process<S>,
    interrupt: &Interrupt,
) -> Result<ExitCode, Failure> {
    for (service, address) in &process.addresses {
        note(format_args!("{service} listens on http://{address}"));
    }
    let done = process.run(interrupt).await;
    process.stop(interrupt).await;
    done.map(|()| ExitCode::SUCCESS)
}

/// Asks for the end once standard input ends. A thread of its own reads it: the runtime would wait
/// for its reader before it ends.
fn await_end(interrupt: Interrupt) -> io::Result<()> {
    let read = move || {
        // An input that can't be read has ended too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        interrupt.ask();
    };
    thread::Builder::new().name("input".into()).spawn(read).map(drop)
}

/// The runtime of a server.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed(error, "ulimit -u"))
}
