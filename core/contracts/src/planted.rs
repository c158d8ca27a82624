//! Bugs on purpose. The simulator must find each of them; without the feature `planted` there are
//! none, and the question is answered at compile time.

/// A defect that one of our promises forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bug {
    /// A message that was handled before is handled again.
    NoInboxCheck,
    /// Compensation forgets a step.
    MissingUndo,
    /// The relay deletes a row before it is published.
    OutboxRowLost,
    /// A commit doesn't compare the versions it rests on.
    NoVersionCheck,
    /// An undo that comes first leaves no trace.
    NoTombstone,
    /// A timer set again while it fires is forgotten.
    TimerLost,
    /// A retry asks the provider under a new operation id.
    NewOperationIdOnRetry,
    /// The money is taken before the stock is certain.
    CaptureBeforeCommit,
    /// Stock stays held until an authorization of unknown outcome is settled.
    IndependentUndoWaits,
    /// An answer is given to the first step that waits.
    WrongStepMatched,
    /// The provider is asked before the operation is on disk.
    EffectBeforeCommit,
    /// The client is told before the order is on disk.
    AcknowledgedBeforeCommit,
    /// Commits are not synced (SQLite's `synchronous=OFF`).
    NotSynced,
    /// The relay remembers the last position it has published, and goes on behind it; but rows of a
    /// lower position may be committed later.
    RelayByCursor,
    /// Several relays publish at once, each what no other has in hand (`SKIP LOCKED`).
    ManyRelays,
    /// Nobody looks for what a replica that died has left.
    NothingRecovered,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 16] = [
        Self::NoInboxCheck,
        Self::MissingUndo,
        Self::OutboxRowLost,
        Self::NoVersionCheck,
        Self::NoTombstone,
        Self::TimerLost,
        Self::NewOperationIdOnRetry,
        Self::CaptureBeforeCommit,
        Self::IndependentUndoWaits,
        Self::WrongStepMatched,
        Self::EffectBeforeCommit,
        Self::AcknowledgedBeforeCommit,
        Self::NotSynced,
        Self::RelayByCursor,
        Self::ManyRelays,
        Self::NothingRecovered,
    ];
}

#[cfg(feature = "planted")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// From now on this thread has this bug and no other.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether this thread has the bug.
#[cfg(feature = "planted")]
pub fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this thread has the bug: never, in a build without the feature.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn planted(_bug: Bug) -> bool {
    false
}
