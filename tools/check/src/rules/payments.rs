//! The payment of an order, by itself.

use super::has_timer;
use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;
use payments::{Operation, OperationKind, OperationState, Payment, State};
use std::collections::BTreeSet;

pub(super) fn hold(facts: &Facts, findings: &mut Findings) {
    let Some(payment) = &facts.payment else { return };
    let row = ("payments", facts.subject.as_str(), 1);
    amounts_are_in_order(row, payment, findings);
    counters_are_the_sum_of_the_operations(row, payment, findings);
    let ids: BTreeSet<&str> = payment.operations.iter().map(|it| it.id.as_str()).collect();
    findings.expect(ids.len() == payment.operations.len(), row, || {
        "two of its operations have the same id".into() // 11
    });
    let state = expected_state(payment);
    findings.expect(state.contains(&payment.state), row, || {
        format!("is {}, its operations say {state:?}", payment.state.as_str())
    });
    let open = payment.operations.iter().filter(|it| !it.state.is_definite());
    for operation in open {
        let label = format!("operation:{}", operation.id);
        let waits = has_timer(facts, ServiceName::Payments, &label);
        findings.expect(waits, row, || format!("{} is open without a timer", operation.id));
    }
}

/// 2 and 3.
fn amounts_are_in_order(row: (&str, &str, u32), it: &Payment, findings: &mut Findings) {
    let amount = it.amount.minor_units();
    let counters = [it.authorized, it.captured, it.released, it.refund_pending, it.refunded];
    let used = it.captured.saturating_add(it.released);
    let given_back = it.refunded.saturating_add(it.refund_pending);
    findings.expect(counters.iter().all(|counter| *counter >= 0), row, || {
        format!("a counter is negative: {counters:?}")
    });
    findings.expect(it.authorized <= amount, row, || {
        format!("authorized {} is more than the amount {amount}", it.authorized)
    });
    findings.expect(used <= it.authorized, row, || {
        format!("captured and released, {used}, are more than authorized {}", it.authorized)
    });
    findings.expect(given_back <= it.captured, row, || {
        format!("refunded and asked back, {given_back}, are more than captured {}", it.captured)
    });
}

fn sum_of(payment: &Payment, kind: OperationKind, which: impl Fn(&Operation) -> bool) -> i64 {
    let of_kind = payment.operations.iter().filter(|it| it.kind == kind && which(it));
    of_kind.map(|it| it.amount).fold(0, i64::saturating_add)
}

fn counters_are_the_sum_of_the_operations(
    row: (&str, &str, u32),
    it: &Payment,
    findings: &mut Findings,
) {
    let done = |kind| sum_of(it, kind, |operation| operation.state == OperationState::Succeeded);
    let open = |kind| sum_of(it, kind, |operation| !operation.state.is_definite());
    let counters = [
        ("authorized", it.authorized, done(OperationKind::Authorize)),
        ("captured", it.captured, done(OperationKind::Capture)),
        ("released", it.released, done(OperationKind::Void)),
        ("refunded", it.refunded, done(OperationKind::Refund)),
        ("refund_pending", it.refund_pending, open(OperationKind::Refund)),
    ];
    for (name, counter, sum) in counters {
        findings.expect(counter == sum, row, || {
            format!("{name} is {counter}, its operations make {sum}")
        });
    }
}

fn expected_state(payment: &Payment) -> Vec<State> {
    let is = |kind, state| payment.operations.iter().any(|it| it.kind == kind && it.state == state);
    let done = |kind| is(kind, OperationState::Succeeded);
    if done(OperationKind::Capture) {
        vec![State::Captured]
    } else if done(OperationKind::Void) {
        vec![State::Voided]
    } else if done(OperationKind::Authorize) {
        vec![State::Authorized]
    } else if is(OperationKind::Authorize, OperationState::Failed) {
        vec![State::Failed]
    } else if payment.operations.is_empty() {
        vec![State::Voided, State::Failed] // a tombstone, or an amount that was none
    } else {
        vec![State::Processing, State::RequiresAction]
    }
}
