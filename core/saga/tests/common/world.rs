//! One walk of one saga: its commands and answers on their way, its timers, the time, and all that
//! happened. After every event the rules of `rules.rs` must hold.

use super::definitions::Ask;
use super::participants::{Delays, Participant, State};
use super::rules;
use super::script::{Injection, Operator, Site};
use contracts::{StepId, Timestamp};
use saga::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

pub const ID: &str = "s-1";
/// No walk takes so many events, unless it never ends.
const EVENTS_MAX: usize = 2_000;

/// What is to happen in a walk.
#[derive(Clone)]
pub struct Plan {
    pub definition: &'static Definition<Ask>,
    pub script: Vec<Site>,
    pub operator: Operator,
    /// What comes from outside, after so many events of the saga.
    pub injections: Vec<(usize, Injection)>,
    /// Whether also everything that can't happen is tried, at every moment.
    pub probes: bool,
}

impl Plan {
    pub const fn new(definition: &'static Definition<Ask>, script: Vec<Site>) -> Self {
        let injections = vec![];
        Self { definition, script, operator: Operator::Absent, injections, probes: false }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { definition, script, operator, injections, .. } = self;
        write!(formatter, "{} {script:?} {operator:?} {injections:?}", definition.name)
    }
}

/// Something on its way.
enum Parcel {
    Command {
        action: Ask,
    },
    Event {
        event: Event,
    },
    /// A participant's doubt is over.
    Settled {
        index: usize,
    },
}

/// Which half of a step something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    Forward,
    Query,
    Back,
}

pub struct World {
    pub plan: Plan,
    pub definition: &'static Definition<Ask>,
    pub saga: Saga,
    pub now: Timestamp,
    pub timers: BTreeMap<StepId, (u32, Timestamp)>,
    /// One for each step; then, where the start can be undone, that of the start.
    pub participants: Vec<Participant>,
    /// What the saga has asked for at least once.
    pub sent: BTreeSet<(usize, Half)>,
    /// Every timer that ever was.
    pub timers_seen: BTreeSet<(StepId, u32)>,
    /// Whether a cancel came in time to stop the saga.
    pub cancelled_in_time: bool,
    pub history: Vec<(Event, Timestamp)>,
    parcels: BTreeMap<(Timestamp, usize), Parcel>,
    parcels_sent: usize,
}

impl World {
    /// Walks to the end.
    pub fn walk(plan: &Plan) -> Self {
        let definition = plan.definition;
        let now = Timestamp(1_795_521_600_000_000);
        let transition = start(definition, ID, now);
        let start = definition.start_undone_by.map(|_| State::Done);
        let states = definition.steps.iter().map(|_| State::New).chain(start);
        let participant = |(index, state): (usize, State)| {
            let step = definition.steps.get(index);
            let is_retriable = step.is_some_and(|step| matches!(step.kind, Kind::Retriable));
            let faults = plan.script.iter().filter(|(at, _)| *at == index).map(|(_, fault)| *fault);
            Participant::new(state, is_retriable, &faults.collect::<Vec<_>>())
        };
        let mut world = Self {
            plan: plan.clone(),
            definition,
            saga: transition.saga.clone(),
            now,
            timers: BTreeMap::new(),
            participants: states.enumerate().map(participant).collect(),
            sent: BTreeSet::new(),
            timers_seen: BTreeSet::new(),
            cancelled_in_time: false,
            history: vec![],
            parcels: BTreeMap::new(),
            parcels_sent: 0,
        };
        world.take(transition);
        world.inject();
        world.run();
        while world.saga.status == Status::CompensationFailed && world.operate(plan.operator) {
            world.run();
        }
        rules::at_the_end(&world);
        world
    }

    fn run(&mut self) {
        while let Some((at, event)) = self.next() {
            self.now = at;
            if let Some(event) = event {
                self.happen(event);
                self.inject();
            }
            self.must(self.history.len() < EVENTS_MAX, "the walk ends");
        }
    }

    /// The next thing to happen is a parcel or a timer. Not every one is an event of the saga.
    fn next(&mut self) -> Option<(Timestamp, Option<Event>)> {
        let timer = self.timers.iter().min_by_key(|(_, (_, at))| *at);
        let timer = timer.map(|(step, (attempt, at))| (step.clone(), *attempt, *at));
        let parcel = self.parcels.keys().next().copied();
        match (parcel, timer) {
            (Some((at, number)), timer) if timer.as_ref().is_none_or(|(.., due)| at <= *due) => {
                let parcel = self.parcels.remove(&(at, number))?;
                self.now = at;
                Some((at, self.arrive(parcel)))
            }
            (_, Some((step, attempt, at))) => {
                self.timers.remove(&step);
                Some((at.max(self.now), Some(Event::Overdue { step, attempt })))
            }
            (_, None) => None,
        }
    }

    fn arrive(&mut self, parcel: Parcel) -> Option<Event> {
        match parcel {
            Parcel::Event { event } => return Some(event),
            Parcel::Command { action } => self.command(action),
            Parcel::Settled { index } => {
                let told = self.participants[index].settle();
                self.answer(index, told);
                self.undo_what_was_held();
            }
        }
        None
    }

    fn command(&mut self, action: Ask) {
        let (index, half) = self.find(action);
        match half {
            Half::Forward => {
                let (told, settled_after) = self.participants[index].command();
                if let Some(seconds) = settled_after {
                    self.post(&vec![seconds], || Parcel::Settled { index });
                }
                self.answer(index, told);
            }
            Half::Query => {
                let told = self.participants[index].told();
                self.say(index, Half::Forward, told, &vec![1]);
            }
            Half::Back => {
                self.participants[index].holds_undo = true;
                self.undo_what_was_held();
            }
        }
    }

    /// A participant undoes as soon as it knows what there is to undo.
    fn undo_what_was_held(&mut self) {
        for index in 0..self.participants.len() {
            let covered = self.covered_by_the_undo_of(index);
            let is_in_doubt = |index: &usize| self.participants[*index].state == State::InDoubt;
            if !self.participants[index].holds_undo || covered.iter().any(is_in_doubt) {
                continue;
            }
            self.participants[index].holds_undo = false;
            let told = if self.participants[index].refuses_undo() {
                Answer::Refused("for good".into())
            } else {
                for index in covered {
                    self.participants[index].state = State::Undone;
                }
                Answer::Success
            };
            let delays = self.participants[index].undo_answer_delays();
            self.say(index, Half::Back, Some(told), &delays);
        }
    }

    /// The step itself, and those that are undone with it.
    pub fn covered_by_the_undo_of(&self, index: usize) -> Vec<usize> {
        let Some(step) = self.definition.steps.get(index) else { return vec![index] };
        let with = |other: &Step<Ask>| match other.kind {
            Kind::Compensatable { undo: Some(Undo::With(it)), .. } => it == step.action,
            _ => false,
        };
        let others = (0..self.definition.steps.len()).filter(|i| with(&self.definition.steps[*i]));
        std::iter::once(index).chain(others).collect()
    }

    fn answer(&mut self, index: usize, told: Option<Answer>) {
        if told.is_some() {
            let delays = self.participants[index].answer_delays();
            self.say(index, Half::Forward, told, &delays);
        }
    }

    fn say(&mut self, index: usize, half: Half, told: Option<Answer>, delays: &Delays) {
        let (Some(answer), Some(step)) = (told, self.id(index, half)) else { return };
        let event = Event::Answered { step, answer };
        self.post(delays, || Parcel::Event { event: event.clone() });
    }

    fn post(&mut self, delays: &Delays, parcel: impl Fn() -> Parcel) {
        for seconds in delays {
            self.parcels_sent += 1;
            let at = self.now + Duration::from_secs(*seconds);
            self.parcels.insert((at, self.parcels_sent), parcel());
        }
    }

    /// Something happens to the saga.
    pub fn happen(&mut self, event: Event) {
        let transition = advance(self.definition, &self.saga, event.clone(), self.now);
        let again = advance(self.definition, &self.saga, event.clone(), self.now);
        self.history.push((event.clone(), self.now));
        self.must(transition == again, "the same event gives the same saga and effects");
        rules::of_a_transition(self, &event, &transition);
        rules::of_the_truth(self, &transition);
        self.take(transition);
    }

    fn take(&mut self, transition: Transition<Ask>) {
        self.saga = transition.saga;
        for effect in transition.effects {
            match effect {
                Effect::Send { action, step, attempt, overdue_at } => {
                    self.set_timer(step, attempt, overdue_at);
                    self.send(action);
                }
                Effect::Wait { step, attempt, overdue_at } => {
                    self.set_timer(step, attempt, overdue_at);
                }
                Effect::StopTimer { step } => {
                    self.timers.remove(&step);
                }
            }
        }
        rules::of_a_moment(self);
        if self.plan.probes {
            rules::probe(self);
        }
    }

    fn set_timer(&mut self, step: StepId, attempt: u32, at: Timestamp) {
        self.timers_seen.insert((step.clone(), attempt));
        self.timers.insert(step, (attempt, at));
    }

    fn send(&mut self, action: Ask) {
        let (index, half) = self.find(action);
        self.sent.insert((index, half));
        let delays = match half {
            Half::Forward => self.participants[index].command_delays(),
            Half::Query => vec![1],
            Half::Back => self.participants[index].undo_delays(),
        };
        self.post(&delays, || Parcel::Command { action });
    }

    fn inject(&mut self) {
        let now = self.history.len();
        let due: Vec<Injection> =
            self.plan.injections.iter().filter(|(at, _)| *at == now).map(|(_, it)| *it).collect();
        self.plan.injections.retain(|(at, _)| *at != now);
        for injection in due {
            match injection {
                Injection::Cancel => {
                    self.cancelled_in_time |= rules::is_stopped_by_a_cancel(self);
                    self.happen(Event::CancelRequested { reason: "cancelled".into() });
                }
                Injection::Operate { operator } => {
                    self.operate(operator);
                }
                Injection::Resolve => self.happen(Event::Resolved { reason: "by hand".into() }),
                Injection::Pause { seconds } => {
                    self.happen(Event::Paused);
                    self.post(&vec![seconds], || Parcel::Event { event: Event::Resumed });
                }
            }
        }
    }

    /// The operator does something about one refused undo. Whether there is one, and an operator.
    fn operate(&mut self, operator: Operator) -> bool {
        let is_refused = |state: &StepState| state.progress == Progress::UndoRefused;
        let refused = self.saga.steps.iter().position(is_refused);
        let Some(index) = refused.filter(|_| self.saga.status.is_live()) else { return false };
        let step = self.operators_name(index);
        let event = match operator {
            Operator::Absent => return false,
            Operator::Retries => Event::UndoRetried { step },
            Operator::Skips => Event::UndoSkipped { step },
            Operator::Resolves => Event::Resolved { reason: "by hand".into() },
        };
        let before = self.saga.clone();
        self.happen(event);
        self.must(self.saga != before, "an operator can do something about every refused undo");
        true
    }

    /// What an operator calls a step; the start has only the name of its undo.
    pub fn operators_name(&self, index: usize) -> String {
        let step = self.definition.steps.get(index).map(|step| step.action);
        step.or(self.definition.start_undone_by).map_or("", Ask::name).into()
    }

    pub fn find(&self, action: Ask) -> (usize, Half) {
        for half in [Half::Forward, Half::Query, Half::Back] {
            let is_it = |index: &usize| self.action(*index, half) == Some(action);
            if let Some(index) = (0..self.participants.len()).find(is_it) {
                return (index, half);
            }
        }
        panic!("{} asks nobody for {action:?}", self.definition.name)
    }

    pub fn action(&self, index: usize, half: Half) -> Option<Ask> {
        let step = self.definition.steps.get(index);
        match half {
            Half::Forward => step.map(|step| step.action),
            Half::Query => match step?.kind {
                Kind::Pivot { query } => query,
                Kind::Compensatable { .. } | Kind::Retriable => None,
            },
            Half::Back => match step {
                Some(step) => step.undo_action(),
                None => self.definition.start_undone_by,
            },
        }
    }

    /// The id of a step, or of its undo.
    pub fn id(&self, index: usize, half: Half) -> Option<StepId> {
        let half = if half == Half::Query { Half::Forward } else { half };
        self.action(index, half).map(|action| step_id(ID, action))
    }

    /// The rule must hold; else the whole walk is told.
    #[track_caller]
    pub fn must(&self, holds: bool, rule: &str) {
        if !holds {
            let history: Vec<String> = self
                .history
                .iter()
                .map(|(event, at)| {
                    format!("{:>6} s {event:?}", at.since(self.saga.started_at).as_secs())
                })
                .collect();
            panic!(
                "broken: {rule}\n{:?}\n{}\n{:?}\n{:?}",
                self.plan,
                history.join("\n"),
                self.saga,
                self.timers,
            );
        }
    }
}
