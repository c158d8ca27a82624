//! A decision in the making: the records with the changes so far on top.

use crate::{
    Changes, Decision, EffectRequest, Kept, Key, Outgoing, Range, RecordKey, Records, Reply,
    TallyChange, TimerChange,
};
use contracts::{Body, Message, StepId, Subject, Timestamp};

/// What the rules of a service work on. It begins as the records were, takes changes, and ends as a
/// [`Decision`].
pub struct Draft<'a, R> {
    /// The message at hand.
    pub message: &'a Message,
    /// The store's time.
    pub now: Timestamp,
    records: &'a Records<R>,
    changes: Changes<R>,
}

impl<'a, R> Draft<'a, R> {
    /// Nothing decided yet.
    pub fn new(records: &'a Records<R>, message: &'a Message, now: Timestamp) -> Self {
        Self { message, now, records, changes: Changes::default() }
    }

    /// The record as it is by now.
    pub fn get<T: Kept<R>>(&self, key: &Key<T>) -> Option<&T> {
        T::of(self.changed(key).or_else(|| self.records.record(key))?)
    }

    fn changed(&self, key: &RecordKey) -> Option<&R> {
        let found = self.changes.writes.iter().find(|(changed, _)| changed == key);
        found.map(|(_, record)| record)
    }

    /// The version that the record has once this decision is made: one more if it is changed.
    pub fn version(&self, key: &RecordKey) -> u64 {
        self.records.version(key) + u64::from(self.changed(key).is_some())
    }

    /// Goes on if the message is meant for any version of the record, for the one that it has, or
    /// for a record that is absent, and this one is.
    ///
    /// # Errors
    /// What the caller at the door is told instead.
    pub fn expecting_version(self, key: &RecordKey) -> Result<Self, Decision<R>> {
        self.want([key.clone()]);
        let (expected, actual) = (self.message.version, self.records.version(key));
        let subject = &key.subject;
        let detail = match (expected, actual) {
            (Message::ANY, _) | (Message::ABSENT, 0) => return Ok(self),
            (Message::ABSENT, _) => format!("{subject} exists already and has version {actual}"),
            (_, 0) => format!("{subject} does not exist, so no version of it matches"),
            _ if expected == actual => return Ok(self),
            _ => format!("{subject} has version {actual}, not {expected}: read it again"),
        };
        Err(self.refuse("version_mismatch", detail))
    }

    /// The keys of a range, as they were when the round began.
    pub fn range(&self, range: &Range) -> &'a [RecordKey] {
        self.records.range(range)
    }

    /// Says early what a loop will look up.
    pub fn want(&self, keys: impl IntoIterator<Item = RecordKey>) {
        self.records.want(keys);
    }

    /// The record shall be so.
    pub fn put<T: Kept<R>>(&mut self, key: Key<T>, record: T) {
        let (key, record) = (RecordKey::from(key), record.into_record());
        match self.changes.writes.iter_mut().find(|(changed, _)| *changed == key) {
            Some((_, before)) => *before = record,
            None => self.changes.writes.push((key, record)),
        }
    }

    /// Adds a record under a key that was never used.
    pub fn append<T: Kept<R>>(&mut self, key: Key<T>, record: T) {
        self.changes.appends.push((key.into(), record.into_record()));
    }

    /// Tells whoever listens; no saga step waits for it.
    pub fn send(&mut self, body: impl Into<Body>) {
        self.changes.sends.push(Outgoing { step: None, body: body.into() });
    }

    /// A command of a saga step, or a later answer to one.
    pub fn send_for(&mut self, step: &StepId, body: impl Into<Body>) {
        self.changes.sends.push(Outgoing { step: Some(step.clone()), body: body.into() });
    }

    /// Answers the saga step that the message at hand serves; just tells, if it serves none.
    pub fn answer(&mut self, body: impl Into<Body>) {
        self.changes.sends.push(Outgoing { step: self.message.step.clone(), body: body.into() });
    }

    /// The service shall be told `body` at that time, about the subject at hand.
    pub fn set_timer(&mut self, label: impl Into<String>, at: Timestamp, body: impl Into<Body>) {
        self.changes.timers.push(TimerChange::Set { label: label.into(), at, body: body.into() });
    }

    /// The timer is no longer needed.
    pub fn cancel_timer(&mut self, label: impl Into<String>) {
        self.changes.timers.push(TimerChange::Cancel { label: label.into() });
    }

    /// Asks somebody outside, after the commit.
    pub fn perform(
        &mut self,
        destination: &'static str,
        id: impl Into<Subject>,
        body: impl Into<Body>,
    ) {
        let (id, body) = (id.into(), body.into());
        self.changes.effects.push(EffectRequest { destination, id, body });
    }

    /// Adds to a tally.
    pub fn tally(&mut self, change: TallyChange) {
        self.changes.tallies.push(change);
    }

    /// Tells the caller at the door.
    pub fn reply(&mut self, reply: Reply) {
        self.changes.reply = Some(reply);
    }

    /// It shall be so.
    pub fn apply(self) -> Decision<R> {
        Decision::Apply(self.changes)
    }

    /// Nothing happens, but the caller at the door is told why.
    pub fn refuse(self, code: &str, detail: impl Into<String>) -> Decision<R> {
        let reply = Some(Reply::Refused { code: code.into(), detail: detail.into() });
        Decision::Apply(Changes { reply, ..Changes::default() })
    }

    /// No rule foresees the message at hand in this state.
    pub fn illegal(self, state: impl std::fmt::Debug) -> Decision<R> {
        Decision::illegal(state, self.message)
    }
}
