//! The participants of a saga: each a small state machine that does a thing once, answers as often
//! as it is asked, and holds to an undo for ever, whenever the command comes.

use super::script::{Fault, LONG_SECONDS, Then};
use saga::Answer;

/// What a participant has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    New,
    /// It may or may not have happened.
    InDoubt,
    Done,
    Refused,
    /// Nothing is left of it, and nothing will be.
    Undone,
}

/// The one behind a step. The one behind the start has done its work before the saga begins.
#[derive(Clone, Debug)]
pub struct Participant {
    pub state: State,
    /// How often it really did it.
    pub times_done: u32,
    /// An undo waits until the doubt is settled.
    pub holds_undo: bool,
    pub undo_refusals: u32,
    forward: Option<Fault>,
    back: Option<Fault>,
    is_retriable: bool,
    commands: u32,
    answers: u32,
    undo_answers: u32,
}

/// After how many seconds something happens; once for each time.
pub type Delays = Vec<u64>;

impl Participant {
    pub fn new(state: State, is_retriable: bool, faults: &[Fault]) -> Self {
        Self {
            state,
            times_done: u32::from(state == State::Done),
            holds_undo: false,
            undo_refusals: 0,
            forward: faults.iter().copied().find(|fault| !fault.is_back()),
            back: faults.iter().copied().find(|fault| fault.is_back()),
            is_retriable,
            commands: 0,
            answers: 0,
            undo_answers: 0,
        }
    }

    /// How long a command is on its way.
    pub fn command_delays(&self) -> Delays {
        match self.forward {
            Some(Fault::CommandLate) => vec![LONG_SECONDS],
            Some(Fault::Duplicated) => vec![1, 50],
            _ => vec![1],
        }
    }

    /// How long an answer is on its way; for no time at all if it is lost.
    pub fn answer_delays(&mut self) -> Delays {
        self.answers += 1;
        match self.forward {
            Some(Fault::AnswerLost { times }) if self.answers <= times => vec![],
            Some(Fault::AnswerLate) => vec![LONG_SECONDS],
            Some(Fault::Duplicated) => vec![1, 50],
            _ => vec![1],
        }
    }

    pub fn undo_delays(&self) -> Delays {
        match self.back {
            Some(Fault::UndoLate) => vec![LONG_SECONDS],
            Some(Fault::UndoDuplicated) => vec![1, 50],
            _ => vec![1],
        }
    }

    pub fn undo_answer_delays(&mut self) -> Delays {
        self.undo_answers += 1;
        match self.back {
            Some(Fault::UndoAnswerLost) if self.undo_answers == 1 => vec![],
            Some(Fault::UndoDuplicated) => vec![1, 50],
            _ => vec![1],
        }
    }

    /// A command comes. What it says to it, and in how many seconds it will know more.
    pub fn command(&mut self) -> (Option<Answer>, Option<u64>) {
        self.commands += 1;
        if self.state == State::New {
            match self.forward {
                Some(Fault::Refused) if !self.is_retriable => self.state = State::Refused,
                Some(Fault::Refused) if self.commands <= 2 => {
                    return (Some(Answer::Refused("not now".into())), None);
                }
                Some(Fault::Unknown { after_seconds, .. }) => {
                    self.state = State::InDoubt;
                    return (self.told(), Some(after_seconds));
                }
                _ => self.do_it(),
            }
        }
        (self.told(), None)
    }

    fn do_it(&mut self) {
        self.state = State::Done;
        self.times_done += 1;
    }

    /// The doubt is over.
    pub fn settle(&mut self) -> Option<Answer> {
        match self.forward.take() {
            Some(Fault::Unknown { then: Then::Yes, .. }) => self.do_it(),
            _ if self.is_retriable => {
                self.state = State::New;
                return Some(Answer::Refused("not now".into()));
            }
            _ => self.state = State::Refused,
        }
        self.told()
    }

    /// What it says of what it has done.
    pub fn told(&self) -> Option<Answer> {
        match (self.state, self.forward) {
            (State::InDoubt, Some(Fault::Unknown { says_ongoing: true, .. })) => {
                Some(Answer::Ongoing)
            }
            (State::New | State::InDoubt, _) => None,
            (State::Done, _) => Some(Answer::Success),
            (State::Refused, _) => Some(Answer::Refused("no".into())),
            (State::Undone, _) => Some(Answer::Refused("undone".into())),
        }
    }

    /// Whether it refuses to undo what it has done.
    pub fn refuses_undo(&mut self) -> bool {
        let refuses = self.back == Some(Fault::UndoRefused)
            && self.state == State::Done
            && self.undo_refusals == 0;
        self.undo_refusals += u32::from(refuses);
        refuses
    }
}
