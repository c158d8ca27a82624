//! Running a command: in a thread of its own, so that Ctrl-C is heard whatever it waits for.

use crate::interrupt::Interrupt;
use crate::{Command, Globals};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;
use terminal::{Exit, Failure, Outcome};

/// How long a command that is interrupted may take to say what it has reached.
const GRACE: Duration = Duration::from_secs(2);

/// What happens while a command runs.
enum Happening {
    /// It has come to its end.
    Ended(Outcome),
    /// The user has pressed Ctrl-C.
    Interrupted,
}

/// Runs a command.
///
/// # Errors
/// It did not do all it was asked for, or nobody reads what it prints any more.
pub fn run(command: Command, globals: &Globals) -> Outcome {
    let interrupt = Interrupt::default();
    let context = globals.context(command.name(), interrupt.clone())?;
    let reached = context.reached.clone();
    let (sender, happenings) = mpsc::channel();
    let of_signals = sender.clone();
    thread::spawn(move || tell_signals(&of_signals));
    thread::spawn(move || {
        // Whoever waited for it may be gone.
        let _ = sender.send(Happening::Ended(command.run(&context)));
    });
    match happenings.recv() {
        Ok(Happening::Ended(outcome)) => outcome,
        Ok(Happening::Interrupted) => {
            interrupt.ask();
            last_words(&happenings, reached.get())
        }
        Err(_) => Err(failed("the command ended without a result", Exit::Failed).into()),
    }
}

/// What the command says when it is interrupted, if it says so soon.
fn last_words(happenings: &Receiver<Happening>, reached: String) -> Outcome {
    match happenings.recv_timeout(GRACE) {
        Ok(Happening::Ended(outcome)) => outcome,
        Ok(Happening::Interrupted) | Err(_) => {
            let mut failure = failed("interrupted", Exit::Interrupted);
            failure.details.extend(Some(reached).filter(|reached| !reached.is_empty()));
            Err(failure.into())
        }
    }
}

fn failed(what: &str, exit: Exit) -> Failure {
    Failure::new(exit, what, "")
}

fn tell_signals(happenings: &Sender<Happening>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    // Without it Ctrl-C ends the process as the system does.
    let Ok(runtime) = runtime else { return };
    while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
        let _ = happenings.send(Happening::Interrupted);
    }
}
