//! The start-up check, and transitions as data.

use contracts::{StepId, Timestamp};
use saga::*;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Toy {
    Hold,
    Unhold,
    Charge,
    Refund,
    Decide,
    Ask,
    Close,
    Stop,
}
use Toy::*;

impl Action for Toy {
    fn name(self) -> &'static str {
        match self {
            Hold => "hold",
            Unhold => "unhold",
            Charge => "charge",
            Refund => "refund",
            Decide => "decide",
            Ask => "ask",
            Close => "close",
            Stop => "stop",
        }
    }
}

const TOY: Definition<Toy> = Definition {
    name: "toy",
    version: 1,
    start_undone_by: Some(Stop),
    deadline: None,
    steps: &[
        compensatable(Hold).undone_by(Unhold),
        compensatable(Charge).undone_by(Refund).alongside(Hold),
        pivot(Decide).queried_by(Ask),
        retriable(Close),
    ],
};

#[test]
fn an_ill_formed_saga_is_refused_with_a_sentence_per_fault() {
    const BAD: Definition<Toy> = Definition {
        steps: &[
            retriable(Close),
            compensatable(Hold),
            pivot(Decide),
            compensatable(Charge).undone_with(Ask).alongside(Hold),
        ],
        deadline: Some(Duration::from_secs(10)),
        ..TOY
    };
    assert_eq!(TOY.faults(), Vec::<String>::new());
    let faults = BAD.faults();
    assert_eq!(faults.len(), 5, "{faults:#?}");
    assert!(faults.contains(
        &"saga toy v1: step hold is compensatable but nothing undoes it: add .undone_by(..)".into()
    ));
}

#[test]
fn steps_side_by_side_start_together_and_are_joined() {
    check("hold ok, charge ok, decide ok, close ok", "hold charge | | decide | close | Completed");
}

#[test]
fn a_refusal_beside_a_running_step_undoes_the_running_one_too() {
    check("charge no, unhold ok, stop ok", "hold charge | unhold | stop | Compensated");
}

#[test]
fn a_success_after_its_undo_is_undone_again_even_at_the_end() {
    check(
        "charge no, unhold ok, stop ok, hold ok, unhold ok",
        "hold charge | unhold | stop | | unhold | Compensated",
    );
}

#[test]
fn a_silent_pivot_is_asked_and_never_compensated() {
    check(
        "hold ok, charge ok, decide ?1, decide ?2, decide ok",
        "hold charge | | decide | ask | ask | close Running",
    );
}

#[test]
fn a_silent_step_is_repeated_and_then_given_up() {
    check(
        "hold ok, charge ?1, charge ?2, charge ?3, refund ok",
        "hold charge | | charge | charge | unhold refund | Compensating",
    );
}

#[test]
fn an_undo_refused_for_good_rests_on_the_worklist_while_the_others_go_on() {
    check("charge no, unhold no, stop ok", "hold charge | unhold | stop | CompensationFailed");
}

/// Events, comma separated: `step ok`, `step no`, `step ?attempt` (overdue). Then what was sent
/// after the start and after each event, and the status at the end.
fn check(events: &str, expected: &str) {
    let mut transition = start(&TOY, "s", Timestamp(0));
    let mut told = vec![sent(&transition)];
    for event in events.split(", ") {
        let (step, how) = event.split_once(' ').expect("step and answer");
        let step = StepId::from(format!("s!{step}"));
        let event = match how {
            "ok" => Event::Answered { step, answer: Answer::Success },
            "no" => Event::Answered { step, answer: Answer::Refused("no".into()) },
            attempt => Event::Overdue { step, attempt: attempt[1..].parse().expect("?attempt") },
        };
        transition = advance(&TOY, &transition.saga, event, Timestamp(0));
        told.push(sent(&transition));
    }
    let told = format!("{} {:?}", told.join(" | "), transition.saga.status);
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeeze(&told), squeeze(expected));
}

fn sent(transition: &Transition<Toy>) -> String {
    let names = transition.effects.iter().filter_map(|effect| match effect {
        Effect::Send { action, .. } => Some(action.name()),
        Effect::Wait { .. } | Effect::StopTimer { .. } => None,
    });
    names.collect::<Vec<_>>().join(" ")
}
