//! Playing messages against the rules of a service, without an engine: for the examples of its
//! states, for the generated table of what happens in which of them, and for tests.

use crate::{
    Changes, Decision, Index, Kept, Key, Range, Record, RecordKey, RecordKind, Records, Service,
    TimerChange, Value,
};
use contracts::{
    Body, Channel, Message, MessageId, MessageType, ServiceName, Source, StepId, Subject, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// The time of the examples: 2026-11-24T12:00:00Z.
pub const NOW: Timestamp = Timestamp(1_795_521_600_000_000);

/// A state by its name, as the records that a service keeps in it.
pub type State<R> = (&'static str, Vec<(RecordKey, R)>);

/// A message, with a remark where there is more than one example of its type; else an empty text.
pub type Example = (&'static str, Message);

/// A service with what it keeps, and nothing around it.
pub struct Play<S: Service> {
    service: S,
    /// What is kept.
    pub records: BTreeMap<RecordKey, S::Record>,
    /// How often each was written; once, where it was kept from the beginning.
    versions: BTreeMap<RecordKey, u64>,
    /// The timers that are set, by subject and label: when they are due and what is told then.
    pub timers: BTreeMap<(Subject, String), (Timestamp, Body)>,
}

impl<S: Service> Play<S> {
    /// Nothing is kept yet.
    pub const fn new(service: S) -> Self {
        Self {
            service,
            records: BTreeMap::new(),
            versions: BTreeMap::new(),
            timers: BTreeMap::new(),
        }
    }

    /// These records are kept.
    pub fn of(service: S, records: impl IntoIterator<Item = (RecordKey, S::Record)>) -> Self {
        Self { records: records.into_iter().collect(), ..Self::new(service) }
    }

    /// These messages were handled, all at [`NOW`].
    pub fn after(service: S, messages: &[Message]) -> Self {
        let mut play = Self::new(service);
        for message in messages {
            play.handle(message, NOW);
        }
        play
    }

    /// What is kept, as the records of a [`State`].
    pub fn into_records(self) -> Vec<(RecordKey, S::Record)> {
        self.records.into_iter().collect()
    }

    /// The record as it is.
    pub fn get<T: Kept<S::Record>>(&self, key: &Key<T>) -> Option<&T> {
        self.records.get(&**key).and_then(T::of)
    }

    /// How often the record was written; 0 if it is absent.
    pub fn version(&self, key: &RecordKey) -> u64 {
        self.records.get(key).map_or(0, |_| self.versions.get(key).copied().unwrap_or(1))
    }

    /// Every record of one variant.
    pub fn all<'a, T: Kept<S::Record> + 'a>(
        &'a self,
    ) -> impl Iterator<Item = (&'a RecordKey, &'a T)> {
        self.records.iter().filter_map(|(key, record)| Some((key, T::of(record)?)))
    }

    /// What the service makes of a message: it is asked until it has looked up nothing in vain.
    pub fn decide(&self, message: &Message, now: Timestamp) -> Decision<S::Record> {
        let mut records = Records::default();
        let mut missed = (self.service.reads(message), vec![]);
        loop {
            let (keys, ranges) = missed;
            for range in ranges {
                let found = self.range(&range);
                found.iter().for_each(|key| self.load(&mut records, key));
                records.put_range(range, found);
            }
            keys.iter().for_each(|key| self.load(&mut records, key));
            let decision = self.service.decide(&records, message, now);
            missed = records.take_missed();
            if missed.0.is_empty() && missed.1.is_empty() {
                return decision;
            }
        }
    }

    fn load(&self, records: &mut Records<S::Record>, key: &RecordKey) {
        records.put(key.clone(), self.records.get(key).cloned());
        records.put_version(key.clone(), self.version(key));
    }

    /// The keys of a range, as a store would find them.
    fn range(&self, range: &Range) -> Vec<RecordKey> {
        let kinds = S::RECORDS.iter().filter(|kind| kind.name == range.kind);
        let mut indexes = kinds.flat_map(|kind| kind.indexes).filter(|it| it.name == range.index);
        let index = indexes.next().expect("a declared index");
        let of_kind = self.records.iter().filter(|(key, _)| key.kind.name == range.kind);
        let listed = of_kind.filter_map(|(key, record)| Some((place(index, key, record)?, key)));
        let mut rows: Vec<(i64, &RecordKey)> =
            listed.filter(|(at, _)| *at <= range.up_to).collect();
        rows.sort();
        let rows_max = usize::try_from(range.rows_max).unwrap_or(usize::MAX);
        rows.into_iter().take(rows_max).map(|(_, key)| key.clone()).collect()
    }

    /// Decides, and then it is so.
    ///
    /// # Panics
    /// A record is appended under a key that was used before.
    pub fn handle(&mut self, message: &Message, now: Timestamp) -> Decision<S::Record> {
        let decision = self.decide(message, now);
        if let Decision::Apply(changes) = &decision {
            self.commit(&message.subject, changes);
        }
        decision
    }

    fn commit(&mut self, subject: &Subject, changes: &Changes<S::Record>) {
        for (key, record) in &changes.writes {
            let written = u64::from(self.records.insert(key.clone(), record.clone()).is_some());
            let version = self.versions.entry(key.clone()).or_insert(written);
            *version += 1;
        }
        for (key, record) in &changes.appends {
            let before = self.records.insert(key.clone(), record.clone());
            assert!(before.is_none(), "{key:?} was used before");
        }
        for timer in &changes.timers {
            match timer {
                TimerChange::Set { label, at, body } => {
                    self.timers.insert((subject.clone(), label.clone()), (*at, body.clone()));
                }
                TimerChange::Cancel { label } => {
                    self.timers.remove(&(subject.clone(), label.clone()));
                }
            }
        }
    }

    /// The timer rings: it is gone, and what it tells is handled. Nothing, if it isn't set.
    pub fn ring(
        &mut self,
        subject: &str,
        label: &str,
        now: Timestamp,
    ) -> Option<Decision<S::Record>> {
        let (_, body) = self.timers.remove(&(Subject::from(subject), label.to_string()))?;
        Some(self.handle(&message(now, subject, None, body), now))
    }
}

/// Where a row stands in an index of one integer column; nothing, if it isn't listed there.
fn place(index: &Index, key: &RecordKey, record: &impl Record) -> Option<i64> {
    let columns = record.columns();
    let value = |name: &str| {
        let position = key.kind.columns.iter().position(|column| column.name == name);
        position.and_then(|position| columns.get(position)).cloned().unwrap_or(Value::Null)
    };
    let is_listed = match index.only.map(|condition| (condition, condition.split_once(" = "))) {
        None => true,
        Some((_, Some((name, text)))) => value(name) == text.trim_matches('\'').into(),
        Some((condition, None)) => match condition.strip_suffix(" IS NOT NULL") {
            Some(name) => value(name) != Value::Null,
            None => panic!("it is not known here how to decide {condition:?}"),
        },
    };
    match value(index.columns.last()?) {
        Value::Integer(at) if is_listed => Some(at),
        _ => None,
    }
}

/// A message as the engine would hand it over. What has a step comes from the orchestrator, a
/// command without one from the door.
pub fn message(
    time: Timestamp,
    subject: &str,
    step: Option<&str>,
    body: impl Into<Body>,
) -> Message {
    let body = body.into();
    let message_type = body.message_type();
    let source = match message_type.channel() {
        Channel::Command if step.is_some() => Source::Service(ServiceName::Orchestrator),
        Channel::Command => Source::Client,
        Channel::Event | Channel::Timer => Source::Service(message_type.owner()),
        Channel::Effect => Source::Provider,
    };
    Message {
        id: MessageId::root(time, &[message_type.name().as_bytes(), &body.encode()]),
        source,
        subject: subject.into(),
        time,
        cause: None,
        step: step.map(StepId::from),
        version: 0,
        traceparent: None,
        body,
    }
}

/// What is wrong with the examples of a service, in sentences: a message without one, one that does
/// nothing in any state, two states that are the same, a decision that is no function of records,
/// message and time.
pub fn faults<S: Service<Record: PartialEq>>(
    service: S,
    states: &[State<S::Record>],
    messages: &[Example],
) -> Vec<String> {
    let mut faults = faults_of_messages::<S>(messages);
    faults.extend(faults_of_states::<S>(states));
    let mut applied: BTreeSet<MessageType> = BTreeSet::new();
    let mut play = Play::new(service);
    for (state, records) in states {
        play.records = records.iter().cloned().collect();
        for (remark, message) in messages {
            let (first, second) = (play.decide(message, NOW), play.decide(message, NOW));
            let message_type = message.body.message_type();
            let name = message_type.name();
            if first != second {
                faults.push(format!("{name} {remark} in {state} is decided twice differently"));
            }
            if let Decision::Apply(changes) = &first {
                applied.insert(message_type);
                let rows = changes.writes.iter().chain(&changes.appends);
                faults.extend(rows.filter_map(|(key, record)| misfit::<S>(key, record)));
            }
        }
    }
    let idle = S::accepts().iter().filter(|accepted| !applied.contains(accepted));
    faults.extend(idle.map(|it| format!("{} is applied in no state", it.name())));
    faults
}

fn faults_of_messages<S: Service>(messages: &[Example]) -> Vec<String> {
    let mut faults = vec![];
    let mut seen = BTreeSet::new();
    for (remark, message) in messages {
        let message_type = message.body.message_type();
        let name = message_type.name();
        if !S::accepts().contains(&message_type) {
            faults.push(format!("{name} has an example but is not accepted"));
        }
        if !seen.insert((message_type, *remark)) {
            faults.push(format!("two examples are called {name} {remark}"));
        }
    }
    let is_missing = |it: &&MessageType| !seen.iter().any(|(seen, _)| seen == *it);
    let missing = S::accepts().iter().filter(is_missing);
    faults.extend(missing.map(|it| format!("{} has no example", it.name())));
    faults
}

fn faults_of_states<S: Service<Record: PartialEq>>(states: &[State<S::Record>]) -> Vec<String> {
    let mut faults = vec![];
    for (index, (name, records)) in states.iter().enumerate() {
        for (other, others) in states.iter().take(index) {
            if name == other || records == others {
                faults.push(format!("the states {other} and {name} are one"));
            }
        }
        faults.extend(records.iter().filter_map(|(key, record)| misfit::<S>(key, record)));
    }
    faults
}

/// How a row doesn't fit into the tables of its service.
fn misfit<S: Service>(key: &RecordKey, record: &S::Record) -> Option<String> {
    let kind: &RecordKind = key.kind;
    if !S::RECORDS.contains(&kind) {
        return Some(format!("{key:?} is of a kind that the service doesn't declare"));
    }
    let (filled, declared) = (record.columns().len(), kind.columns.len());
    (filled != declared).then(|| format!("{key:?} fills {filled} columns of {declared}"))
}
