//! What must hold once everything has come to its end: nobody waits for anything any more.

use crate::facts::Facts;
use crate::findings::Findings;
use crate::parts::Part;
use engine::{Backlog, TimerKey};

/// Of one subject: no saga goes on, and no timer waits.
pub fn hold(facts: &Facts, findings: &mut Findings) {
    for (number, it) in &facts.sagas {
        let (row, status) = (("sagas", facts.subject.as_str(), *number), it.saga.status);
        findings.expect(status.is_final(), row, || format!("has not ended: it is {status:?}"));
    }
    for TimerKey { service, subject, label } in &facts.timers {
        findings.add(("timers", subject.as_str()), format!("{label} of {service} waits"));
    }
}

/// Of a store: its queues are empty. Their rows have no names of their own.
pub fn nothing_waits<S>(part: &Part<S>, backlog: Backlog, findings: &mut Findings) {
    let Backlog { timers: _, outbox, hops, effects, parked, dead_letters } = backlog;
    let queues = [
        ("outbox", outbox),
        ("hops", hops),
        ("effects", effects),
        ("parked", parked),
        ("dead_letters", dead_letters),
    ];
    for (queue, count) in queues {
        findings.expect(count == 0, part.row(queue), || format!("{count} messages wait there"));
    }
}
