//! Running a command: in a thread of its own, so that Ctrl-C is heard whatever it waits for.

use crate::globals::{Context, Reached};
use crate::{Command, Event, Globals, Profiles, Talk, Target};
use crate::{doctor, event, profile, status, trigger};
use std::thread;
use std::time::Duration;
use terminal::{Exit, Failure, Interrupt, Outcome, Stop};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// How long a command that is interrupted may take to say what it has reached.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a command.
///
/// # Errors
/// It did not do all it was asked for, or nobody reads what it prints any more.
pub fn run(command: Command, globals: &Globals) -> Outcome {
    match command {
        Command::Order(Talk { what, target }) => {
            talk(&target, globals, what.name(), move |context| what.run(context))
        }
        Command::Saga(Talk { what, target }) => {
            talk(&target, globals, what.name(), move |context| what.run(context))
        }
        Command::Stock(Talk { what, target }) => {
            talk(&target, globals, what.name(), move |context| what.run(context))
        }
        Command::Payment(Talk { what, target }) => {
            talk(&target, globals, what.name(), move |context| what.run(context))
        }
        Command::Ledger(Talk { what, target }) => {
            talk(&target, globals, what.name(), move |context| what.run(context))
        }
        Command::Fixtures(Talk { what, target }) => {
            talk(&target, globals, what.name(), move |context| what.run(context))
        }
        Command::Event(Event::Tail(it)) => {
            talk(&it.target.clone(), globals, "event tail", move |context| {
                event::tail(context, &it)
            })
        }
        Command::Event(Event::Types) => event::types(globals),
        Command::Status(target) => talk(&target, globals, "status", status::run),
        Command::Doctor(it) => {
            talk(&it.target.clone(), globals, "doctor", move |context| doctor::run(context, &it))
        }
        Command::Trigger(it) => {
            talk(&it.target.clone(), globals, "trigger", move |context| trigger::run(context, &it))
        }
        Command::Profile(Profiles::List) => profile::list(globals),
    }
}

/// Runs a command that talks to a shop; `help` is its name.
fn talk(
    target: &Target,
    globals: &Globals,
    help: &'static str,
    run: impl FnOnce(&Context) -> Outcome + Send + 'static,
) -> Outcome {
    let interrupt = Interrupt::listen()?;
    let context = target.context(globals, help, interrupt.clone())?;
    let reached = context.reached.clone();
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::failed(error, "ulimit -u"))?;
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        // Whoever waited for it may be gone.
        let _ = sender.send(run(&context));
    });
    let outcome = match runtime.block_on(in_time(ended, &interrupt)) {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => Err(Failure::failed("the command ended without a result", "").into()),
        None => {
            let mut failure = Failure::new(Exit::Interrupted, "interrupted", "");
            let what = Some(reached.get()).filter(|what| !what.is_empty());
            failure.details.extend(what);
            Err(failure.into())
        }
    };
    outcome.map_err(|stop| match stop {
        Stop::Failed(failure) => told(*failure, target, &reached).into(),
        Stop::NobodyReads => Stop::NobodyReads,
    })
}

/// Whoever heard of Ctrl-C, only here is it known whether a part was done; and whoever names the
/// next command, only here is it led to the same shop.
fn told(failure: Failure, target: &Target, reached: &Reached) -> Failure {
    let exit = match failure.exit {
        Exit::Interrupted => reached.exit(),
        exit => exit,
    };
    Failure { exit, next: target.lead(&failure.next), ..failure }
}

/// The end of it; nothing if it is interrupted and doesn't end soon, or not soon enough.
async fn in_time<T>(mut ended: oneshot::Receiver<T>, interrupt: &Interrupt) -> Option<Ended<T>> {
    tokio::select! {
        outcome = &mut ended => return Some(outcome),
        () = interrupt.asked() => {}
    }
    tokio::select! {
        outcome = &mut ended => Some(outcome),
        () = tokio::time::sleep(GRACE) => None,
        () = interrupt.insisted() => None,
    }
}

type Ended<T> = Result<T, oneshot::error::RecvError>;
