//! What may go wrong in a walk, as data; and all of it, generated.

use super::definitions::Ask;
use saga::{Definition, Kind};

/// What goes wrong at one step, on the way forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The command is refused. A retriable step refuses it twice.
    Refused,
    /// No answer until the participant itself knows what came of it; then it tells. While it
    /// doesn't know, it says so, or says nothing.
    Unknown { then: Then, after_seconds: u64, says_ongoing: bool },
    /// The command is done, but so many answers are lost.
    AnswerLost { times: u32 },
    /// Each command and each answer comes twice, the second time long after.
    Duplicated,
    /// Commands come when nobody waits for them any more.
    CommandLate,
    /// Answers come when nobody waits for them any more.
    AnswerLate,
    /// The undo of what was done is refused once.
    UndoRefused,
    /// The undo is done, but its first answer is lost.
    UndoAnswerLost,
    /// The undo and its answers come twice, the second time long after.
    UndoDuplicated,
    /// The undo comes long after it was sent.
    UndoLate,
}
use Fault::*;

/// What an unknown outcome turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Then {
    Yes,
    No,
}

/// Longer than any step waits before it is given up.
pub const LONG_SECONDS: u64 = 1_000;

const fn unknown(then: Then, after_seconds: u64, says_ongoing: bool) -> Fault {
    Unknown { then, after_seconds, says_ongoing }
}

const FORWARD: [Fault; 12] = [
    Refused,
    unknown(Then::Yes, 15, false),
    unknown(Then::No, 15, false),
    unknown(Then::Yes, 15, true),
    unknown(Then::Yes, 150, false),
    unknown(Then::No, 150, false),
    unknown(Then::Yes, 150, true),
    AnswerLost { times: 1 },
    AnswerLost { times: 5 },
    Duplicated,
    CommandLate,
    AnswerLate,
];

const BACK: [Fault; 4] = [UndoRefused, UndoAnswerLost, UndoDuplicated, UndoLate];

impl Fault {
    /// Whether it is about the undo.
    pub fn is_back(self) -> bool {
        BACK.contains(&self)
    }

    /// Whether it leaves the step done at its participant, and in time.
    pub fn is_harmless(self) -> bool {
        match self {
            Unknown { then: Then::Yes, after_seconds, .. } => after_seconds < 30,
            AnswerLost { times } => times == 1,
            Duplicated => true,
            _ => self.is_back(),
        }
    }

    /// Whether the participant says no in the end.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Refused | Unknown { then: Then::No, .. })
    }
}

/// Something goes wrong at the step of that index; the start stands behind the steps.
pub type Site = (usize, Fault);

/// Every single fault that a definition can meet.
pub fn sites(definition: &Definition<Ask>) -> Vec<Site> {
    let start = definition.steps.len();
    let forward = (0..start).flat_map(|index| FORWARD.map(|fault| (index, fault)));
    let has_undo = |index: &usize| match definition.steps.get(*index) {
        Some(step) => step.undo_action().is_some(),
        None => definition.start_undone_by.is_some(),
    };
    let back = (0..=start).filter(has_undo).flat_map(|index| BACK.map(|fault| (index, fault)));
    forward.chain(back).collect()
}

/// Nothing wrong, each fault, and each pair of faults that can happen together.
pub fn scripts(definition: &Definition<Ask>) -> Vec<Vec<Site>> {
    let sites = sites(definition);
    let mut scripts = vec![vec![]];
    for (number, one) in sites.iter().enumerate() {
        scripts.push(vec![*one]);
        let is_other = |other: &&Site| one.0 != other.0 || one.1.is_back() != other.1.is_back();
        let others = sites[number + 1..].iter().filter(is_other);
        scripts.extend(others.map(|other| vec![*one, *other]));
    }
    scripts
}

/// Whether the saga can only be completed; or can only be undone; or either.
pub fn must_complete(definition: &Definition<Ask>, script: &[Site]) -> Option<bool> {
    let kind = |index: usize| definition.steps.get(index).map(|step| &step.kind);
    let is_refused = |(index, fault): &Site| {
        fault.is_refusal() && !matches!(kind(*index), Some(Kind::Retriable))
    };
    let is_harmless = |(index, fault): &Site| match kind(*index) {
        Some(Kind::Retriable) => true,
        Some(Kind::Pivot { .. }) => !fault.is_refusal(),
        _ => fault.is_harmless(),
    };
    if script.iter().any(is_refused) {
        Some(false)
    } else {
        script.iter().all(is_harmless).then_some(true)
    }
}

/// What an operator does about a refused undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Nothing.
    Absent,
    Retries,
    Skips,
    Resolves,
}

/// Something that comes from outside, after so many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    Cancel,
    /// Paused, and resumed after so many seconds.
    Pause {
        seconds: u64,
    },
    Resolve,
    /// The operator does something about a refused undo, if there is one by then.
    Operate {
        operator: Operator,
    },
}
