//! Running a command: in a thread of its own, so that Ctrl-C is heard whatever it waits for.

use crate::globals::Reached;
use crate::{Command, Globals};
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
    let interrupt = Interrupt::listen()?;
    let context = globals.context(command.name(), interrupt.clone())?;
    let reached = context.reached.clone();
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::failed(error, "ulimit -u"))?;
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        // Whoever waited for it may be gone.
        let _ = sender.send(command.run(&context));
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
    outcome.map_err(|stop| judged(stop, &reached))
}

/// Only here is it known whether a part was done, whoever heard of Ctrl-C.
fn judged(stop: Stop, reached: &Reached) -> Stop {
    match stop {
        Stop::Failed(failure) if failure.exit == Exit::Interrupted => {
            Failure { exit: reached.exit(), ..*failure }.into()
        }
        stop => stop,
    }
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
