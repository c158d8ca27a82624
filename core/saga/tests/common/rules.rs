//! What must hold in every walk: of each transition, at each moment, and at the end.

use super::definitions::Ask;
use super::participants::State;
use super::script::must_complete;
use super::world::{Half, ID, World};
use contracts::StepId;
use saga::*;
use std::time::Duration;

/// The number of the group of steps that run together.
fn group(definition: &Definition<Ask>, index: usize) -> usize {
    let steps = definition.steps.iter().take(index + 1);
    let alone = steps.filter(|step| step.alongside.is_none()).count();
    if index < definition.steps.len() { alone } else { 0 } // the start comes before the first
}

fn is_independent(definition: &Definition<Ask>, index: usize) -> bool {
    let step = definition.steps.get(index);
    step.is_some_and(|it| matches!(it.kind, Kind::Compensatable { independent: true, .. }))
}

fn is_pivot(step: &Step<Ask>) -> bool {
    matches!(step.kind, Kind::Pivot { .. })
}

fn is_by_operator(event: &Event) -> bool {
    !matches!(event, Event::Answered { .. } | Event::Overdue { .. })
}

/// What the saga does because of one event.
pub fn of_a_transition(world: &World, event: &Event, transition: &Transition<Ask>) {
    let (before, after) = (&world.saga, &transition.saga);
    if let Outcome::Ignored(_) = transition.outcome {
        world.must(before == after, "what is ignored changes nothing");
        world.must(transition.effects.is_empty(), "what is ignored has no effects");
    }
    let is_resolved = before.status == Status::Resolved;
    world.must(!is_resolved || before == after, "what is resolved is at rest for ever");
    let is_over = before.status == Status::Completed;
    world.must(!is_over || before == after, "what is completed is at rest for ever");
    let is_late = before.status == Status::Compensated && before != after;
    let is_reopened = after.late_replies == before.late_replies + 1;
    world.must(!is_late || is_reopened, "only a late success reopens what was compensated");
    for effect in &transition.effects {
        let Effect::Send { action, step, attempt, .. } = effect else { continue };
        let is_quiet = before.status == Status::Paused && after.status == Status::Paused;
        world.must(!is_quiet || is_by_operator(event), "nothing is sent while the saga is paused");
        world.must(after.status.is_live(), "nothing is sent by a saga that is over");
        let (index, half) = world.find(*action);
        world.must(*step == world.id(index, half).expect("an id"), "a command bears its step's id");
        world.must(*attempt == after.steps[index].attempts, "attempts are counted");
        let is_again = half == Half::Forward && world.sent.contains(&(index, half));
        let is_asked_for = world.action(index, Half::Query).is_some();
        world.must(!is_again || !is_asked_for, "a pivot with a query is asked for, not repeated");
        match half {
            Half::Forward | Half::Query => of_a_command(world, transition, index),
            Half::Back => of_an_undo(world, transition, index),
        }
    }
}

/// A step is asked for, for the first time or again.
fn of_a_command(world: &World, transition: &Transition<Ask>, index: usize) {
    let saga = &transition.saga;
    world.must(saga.status == Status::Running, "no step starts once the saga goes back");
    let is_first = !world.sent.contains(&(index, Half::Forward));
    let number = group(world.definition, index);
    for other in 0..world.definition.steps.len() {
        let progress = saga.steps[other].progress;
        if group(world.definition, other) < number {
            let is_done = progress == Progress::Succeeded;
            world.must(is_done, "a step starts when all before it are done");
        } else if group(world.definition, other) == number && is_first {
            world.must(progress == Progress::Sent, "steps side by side start together");
        }
    }
}

/// An undo is asked for, for the first time or again.
fn of_an_undo(world: &World, transition: &Transition<Ask>, index: usize) {
    let pivot = world.definition.steps.iter().position(is_pivot);
    let is_decided = pivot.is_some_and(|pivot| {
        let progress = transition.saga.steps[pivot].progress;
        matches!(progress, Progress::Pending | Progress::Refused)
    });
    world.must(is_decided, "nothing is undone while the pivot may have happened");
    if world.sent.contains(&(index, Half::Back)) {
        return;
    }
    let number = group(world.definition, index);
    for other in 0..world.definition.steps.len() {
        let progress = transition.saga.steps[other].progress;
        let is_open = matches!(
            progress,
            Progress::Sent | Progress::Succeeded | Progress::GivenUp | Progress::Undoing
        );
        let is_later = group(world.definition, other) > number;
        let may_be_open = progress == Progress::Undoing && is_independent(world.definition, other);
        world.must(!is_later || !is_open || may_be_open, "undos go out in reverse order");
    }
}

/// What the saga believes of what it asks for is true. (What a probe says isn't.)
pub fn of_the_truth(world: &World, transition: &Transition<Ask>) {
    let state = |index: usize| world.participants[index].state;
    let steps = world.definition.steps;
    for effect in &transition.effects {
        let Effect::Send { action, .. } = effect else { continue };
        let (index, half) = world.find(*action);
        let number = group(world.definition, index);
        let before = (0..steps.len()).filter(|other| group(world.definition, *other) < number);
        let pivot = steps.iter().position(is_pivot);
        let holds = match half {
            Half::Forward | Half::Query => before.clone().all(|it| state(it) == State::Done),
            Half::Back => pivot.is_none_or(|it| matches!(state(it), State::New | State::Refused)),
        };
        world.must(holds, "all before a step are done, and a pivot that may be done stands");
    }
}

/// Where the saga stands between two events.
pub fn of_a_moment(world: &World) {
    let saga = &world.saga;
    let is_final = saga.status.is_final();
    world.must(saga.finished_at.is_some() == is_final, "what is over has an end");
    let is_paused = saga.status == Status::Paused;
    world.must(saga.paused_from.is_some() == is_paused, "what is paused knows where to go on");
    for index in 0..saga.steps.len() {
        of_a_step(world, index);
    }
    let is_awaited =
        |step: &StepId| (0..saga.steps.len()).any(|i| awaited(world, i) == Some(step.clone()));
    let stray = world.timers.keys().find(|step| !is_awaited(step));
    world.must(stray.is_none(), "a timer is stopped when nothing is awaited any more");
    if matches!(saga.status, Status::Compensating | Status::CompensationFailed) {
        nobody_waits_without_a_reason(world);
    }
    if world.plan.probes {
        let text = serde_json::to_string(saga).expect("JSON");
        let read: Saga = serde_json::from_str(&text).expect(&text);
        world.must(read == *saga, "a saga is read as it was written");
    }
}

/// The id of what a step waits for, if it waits.
fn awaited(world: &World, index: usize) -> Option<StepId> {
    match world.saga.steps[index].progress {
        _ if world.saga.status.is_final() => None,
        Progress::Sent => world.id(index, Half::Forward),
        Progress::Undoing => world.id(index, Half::Back),
        _ => None,
    }
}

fn of_a_step(world: &World, index: usize) {
    let (saga, state) = (&world.saga, &world.saga.steps[index]);
    let timer = awaited(world, index).and_then(|step| world.timers.get(&step));
    if awaited(world, index).is_some() && saga.status != Status::Paused {
        let attempt = timer.map(|(attempt, _)| *attempt);
        world.must(attempt == Some(state.attempts), "a step that waits has a timer");
    }
    let step = world.definition.steps.get(index);
    let can_be_late = step.is_some_and(|it| matches!(it.kind, Kind::Compensatable { .. }))
        && state.progress == Progress::Sent;
    if let (true, Some(deadline), Some((_, at))) = (can_be_late, saga.deadline, timer) {
        world.must(*at <= deadline.max(world.now), "no step outlives the deadline of its saga");
    }
}

/// What is still to be undone waits for an undo that comes before it and isn't independent.
fn nobody_waits_without_a_reason(world: &World) {
    let steps = &world.saga.steps;
    for (index, state) in steps.iter().enumerate() {
        let number = group(world.definition, index);
        let is_waited_for = |other: usize| {
            steps[other].progress == Progress::Undoing
                && group(world.definition, other) > number
                && !is_independent(world.definition, other)
        };
        let waits = matches!(state.progress, Progress::Succeeded | Progress::GivenUp);
        let has_reason = (0..world.definition.steps.len()).any(is_waited_for);
        world.must(!waits || has_reason, "an undo waits only for undos that it depends on");
    }
    let is = |progress| steps.iter().any(|state| state.progress == progress);
    let goes_on = is(Progress::Undoing);
    let expected = if goes_on { Status::Compensating } else { Status::CompensationFailed };
    world.must(world.saga.status == expected, "a saga rests only when no undo is under way");
    world.must(goes_on || is(Progress::UndoRefused), "a saga fails only by a refused undo");
}

/// A cancel stops a saga that goes forward and hasn't begun with its pivot.
pub fn is_stopped_by_a_cancel(world: &World) -> bool {
    let pivot = world.definition.steps.iter().position(is_pivot);
    let is_undecided =
        pivot.is_some_and(|pivot| world.saga.steps[pivot].progress == Progress::Pending);
    world.saga.paused_from.unwrap_or(world.saga.status) == Status::Running && is_undecided
}

/// Where the walk ends, nothing is under way any more.
pub fn at_the_end(world: &World) {
    let saga = &world.saga;
    world.must(world.timers.is_empty(), "no timer is left at the end");
    let steps = world.definition.steps.len();
    let is_done = |index: usize| world.participants[index].state == State::Done;
    let times = |index: usize| world.participants[index].times_done;
    let all_done = (0..steps).all(|index| is_done(index) && times(index) == 1);
    let start_stands = world.participants.get(steps).is_none_or(|it| it.state == State::Done);
    let skipped = covered(world, Progress::Skipped);
    let refused = covered(world, Progress::UndoRefused);
    let left: Vec<usize> = (0..world.participants.len())
        .filter(|index| matches!(world.participants[*index].state, State::Done | State::InDoubt))
        .filter(|index| !skipped.contains(index))
        .collect();
    match saga.status {
        Status::Completed => {
            world.must(all_done, "a completed saga has done each step exactly once");
            world.must(start_stands, "a completed saga stands");
        }
        Status::Compensated => {
            world.must(left.is_empty(), "of a compensated saga nothing is left");
        }
        Status::CompensationFailed => {
            world.must(!refused.is_empty(), "a compensation fails only by a refusal");
            world.must(left == refused, "all but what was refused is undone");
        }
        Status::Resolved => {}
        _ => world.must(false, "a walk ends in a final or a resting state"),
    }
    if saga.status == Status::Resolved {
        return;
    }
    let is_completed = saga.status == Status::Completed;
    world.must(!all_done || is_completed, "a saga whose steps are all done is completed");
    world.must(!world.cancelled_in_time || !is_completed, "a cancel in time stops a saga");
    let is_plain = world
        .history
        .iter()
        .all(|(event, _)| !matches!(event, Event::Paused | Event::CancelRequested { .. }));
    match must_complete(world.definition, &world.plan.script) {
        Some(true) if is_plain => world.must(is_completed, "what can be completed is"),
        Some(false) => world.must(!is_completed, "what is refused is not completed"),
        _ => {}
    }
    replay(world);
}

/// What the undos of all steps in that state would have undone.
fn covered(world: &World, progress: Progress) -> Vec<usize> {
    let is_it = |index: &usize| world.saga.steps[*index].progress == progress;
    let undos = (0..world.saga.steps.len()).filter(is_it);
    let all = undos.flat_map(|index| world.covered_by_the_undo_of(index));
    let mut done: Vec<usize> =
        all.filter(|index| world.participants[*index].state == State::Done).collect();
    done.sort_unstable();
    done
}

fn replay(world: &World) {
    let mut saga = start(world.definition, ID, world.saga.started_at).saga;
    for (event, at) in &world.history {
        saga = advance(world.definition, &saga, event.clone(), *at).saga;
    }
    world.must(saga == world.saga, "the same events give the same saga");
}

/// Tries everything that may come at this moment though nobody waits for it.
pub fn probe(world: &World) {
    for index in 0..world.saga.steps.len() {
        for half in [Half::Forward, Half::Back] {
            let Some(step) = world.id(index, half) else { continue };
            for answer in [Answer::Success, Answer::Ongoing, Answer::Refused("late".into())] {
                probe_answer(world, index, half, &step, answer);
            }
        }
        let (name, is_refused) = (
            world.operators_name(index),
            world.saga.steps[index].progress == Progress::UndoRefused,
        );
        for event in [Event::UndoRetried { step: name.clone() }, Event::UndoSkipped { step: name }]
        {
            let can_be_done = is_refused && world.saga.status.is_live();
            probe_event(world, event, can_be_done, "an operator decides about refused undos");
        }
    }
    for (step, attempt) in &world.timers_seen {
        let is_live = world.timers.get(step).is_some_and(|(current, _)| current == attempt);
        if !is_live && world.saga.status != Status::Paused {
            let event = Event::Overdue { step: step.clone(), attempt: *attempt };
            probe_event(world, event, false, "a timer that comes twice changes nothing");
        }
    }
    let unknown = || StepId::from("s-1!nothing");
    let answered = Event::Answered { step: unknown(), answer: Answer::Success };
    probe_event(world, answered, false, "an answer to nothing changes nothing");
    let overdue = Event::Overdue { step: unknown(), attempt: 1 };
    probe_event(world, overdue, false, "a timer of nothing changes nothing");
    let is_paused = world.saga.status == Status::Paused;
    probe_event(world, Event::Resumed, is_paused, "what is paused can be resumed, and no other");
    let goes_on = matches!(world.saga.status, Status::Running | Status::Compensating);
    probe_event(world, Event::Paused, goes_on, "what goes on by itself can be paused");
    let reason = || "again".to_string();
    let is_live = world.saga.status.is_live();
    let cancel = Event::CancelRequested { reason: reason() };
    let is_first = is_live && !world.saga.cancel_requested;
    probe_event(world, cancel, is_first, "a cancel is noted once");
    probe_event(world, Event::Resolved { reason: reason() }, is_live, "what lives can be resolved");
}

fn probe_answer(world: &World, index: usize, half: Half, step: &StepId, answer: Answer) {
    use Progress::{GivenUp, Sent, UndoRefused, Undoing, Undone};
    let (saga, state) = (&world.saga, &world.saga.steps[index]);
    let is_ongoing = answer == Answer::Ongoing;
    let is_late = half == Half::Forward
        && state.progress == Undone
        && answer == Answer::Success
        && world.id(index, Half::Back).is_some();
    let is_awaited = match half {
        Half::Forward => state.progress == Sent || state.progress == GivenUp && !is_ongoing,
        Half::Query | Half::Back => {
            state.progress == Undoing && !is_ongoing
                || state.progress == UndoRefused && answer == Answer::Success
        }
    };
    let counts = (is_awaited || is_late) && saga.status != Status::Resolved;
    let event = Event::Answered { step: step.clone(), answer };
    let after = probe_event(world, event, counts, "an answer counts only where it is awaited");
    if counts && is_late {
        let progress = after.steps[index].progress;
        world.must(
            after.status.is_live() && progress != Undone,
            "a success after its undo is undone again",
        );
    }
}

fn probe_event(world: &World, event: Event, counts: bool, rule: &str) -> Saga {
    let later = world.now + Duration::from_secs(1);
    let transition = advance(world.definition, &world.saga, event.clone(), later);
    let applied = transition.outcome == Outcome::Applied;
    world.must(applied == counts, &format!("{rule} ({event:?})"));
    of_a_transition(world, &event, &transition);
    transition.saga
}
