//! How long each thing is waited for, in seconds: told by the timers of steps that stay silent.

mod common;

use common::definitions::Ask;
use contracts::Timestamp;
use saga::*;
use std::time::Duration;

const HASTY: RetryPolicy = RetryPolicy {
    initial_interval: Duration::from_secs(1),
    backoff_coefficient: 3,
    maximum_interval: Duration::from_secs(20),
    maximum_attempts: 6,
};

const PLAIN: Definition<Ask> = Definition {
    name: "plain",
    version: 1,
    start_undone_by: Some(Ask("start-")),
    deadline: None,
    steps: &[],
};

const fn step_a() -> Step<Ask> {
    compensatable(Ask("a")).undone_by(Ask("a-"))
}

const P: Step<Ask> = pivot(Ask("p"));

/// Lets every timer run out and tells what was waited for, and how long, up to so many waits. Where
/// the participant of a step is said to be at it, its first command is answered so.
fn check(definition: &Definition<Ask>, ongoing: Option<&str>, expected: &str) {
    let mut now = Timestamp(0);
    let mut transition = start(definition, "s", now);
    let mut told = vec![];
    let wanted = expected.split(' ').count();
    let mut ongoing = ongoing.map(|name| step_id("s", named(definition, name)));
    while told.len() < wanted {
        if let Some(step) = ongoing.take() {
            let event = Event::Answered { step, answer: Answer::Ongoing };
            transition = advance(definition, &transition.saga, event, now);
        }
        let mut timers = transition.effects.iter().filter_map(|effect| match effect {
            Effect::Send { action, step, attempt, overdue_at } => {
                Some((action.name(), step, *attempt, *overdue_at))
            }
            Effect::Wait { step, attempt, overdue_at } => Some(("on", step, *attempt, *overdue_at)),
            Effect::StopTimer { .. } => None,
        });
        let (name, step, attempt, at) = timers.next_back().expect("something is waited for");
        told.push(format!("{name}:{}", at.since(now).as_secs()));
        now = at;
        let event = Event::Overdue { step: step.clone(), attempt };
        transition = advance(definition, &transition.saga, event, now);
    }
    assert_eq!(told.join(" "), expected);
}

fn named(definition: &Definition<Ask>, name: &str) -> Ask {
    let step = definition.steps.iter().find(|step| step.action.name() == name);
    step.expect("a step of that name").action
}

#[test]
fn the_waits_of_a_step_grow_until_it_is_given_up_and_its_undo_is_sent_for_ever() {
    const PATIENTLY: Definition<Ask> = Definition { steps: &[step_a(), P], ..PLAIN };
    check(&PATIENTLY, None, "a:10 a:10 a:20 a-:10 a-:10 a-:20 a-:40 a-:80 a-:160 a-:300 a-:300");
    const HASTILY: Definition<Ask> = Definition {
        steps: &[step_a().within_seconds(2).retried(HASTY).undo_retried(HASTY), P],
        ..PLAIN
    };
    check(
        &HASTILY,
        None,
        "a:2 a:3 a:9 a:20 a:20 a:20 a-:2 a-:3 a-:9 a-:20 a-:20 a-:20 a-:20 a-:20",
    );
}

#[test]
fn a_step_that_must_succeed_is_repeated_for_ever() {
    const CLOSING: Definition<Ask> =
        Definition { steps: &[retriable(Ask("r")).within_seconds(30).retried(HASTY)], ..PLAIN };
    check(&CLOSING, None, "r:30 r:30 r:30 r:30 r:30 r:30 r:30 r:30");
}

#[test]
fn a_pivot_is_asked_for_or_repeated_for_ever() {
    const REPEATED: Definition<Ask> = Definition { steps: &[P], ..PLAIN };
    check(&REPEATED, None, "p:10 p:10 p:20 p:40 p:80 p:160 p:300 p:300");
    const ASKED: Definition<Ask> = Definition { steps: &[P.queried_by(Ask("p?"))], ..PLAIN };
    check(&ASKED, None, "p:10 p?:10 p?:20 p?:40");
}

#[test]
fn a_participant_that_is_at_it_has_longer() {
    const LONGER: Definition<Ask> =
        Definition { steps: &[step_a().may_take_seconds(900), P], ..PLAIN };
    check(&LONGER, Some("a"), "on:900 a:10 a:20 a-:10");
}

#[test]
fn no_step_before_the_pivot_outlives_the_deadline() {
    const SHORT: Definition<Ask> =
        Definition { deadline: Some(Duration::from_secs(15)), steps: &[step_a(), P], ..PLAIN };
    check(&SHORT, None, "a:10 a:5 a-:10 a-:10");
    const LONGER: Definition<Ask> =
        Definition { steps: &[step_a().may_take_seconds(900), P], ..SHORT };
    check(&LONGER, Some("a"), "on:15 a-:10 a-:10");
    const PIVOT: Definition<Ask> = Definition { steps: &[P.may_take_seconds(900)], ..SHORT };
    check(&PIVOT, Some("p"), "on:900 p:10 p:20 p:40");
}
