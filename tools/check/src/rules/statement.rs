//! What a provider says, against what payments has recorded.

use crate::facts::Facts;
use crate::findings::Findings;
use crate::statement::{Done, Statement};
use contracts::{Money, StepId, messages};
use payments::{OperationKind, OperationState, Provider, payment_key};

/// An operation that the built-in provider was asked for, as payments has recorded it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// For which order.
    pub order_id: String,
    /// The saga's step.
    pub operation_id: StepId,
    /// What.
    pub kind: OperationKind,
    /// How much.
    pub amount: Money,
    /// What came of it.
    pub state: OperationState,
}

impl Asked {
    /// Whether the provider has done that, and not something else under its id.
    fn is(&self, done: &Done) -> bool {
        let Done { order_id, kind, amount } = done;
        *order_id == self.order_id
            && *kind == messages::OperationKind::from(self.kind)
            && *amount == self.amount
    }
}

/// The operations of a subject that the built-in provider was asked for.
pub fn asked(facts: &Facts) -> impl Iterator<Item = Asked> {
    let payment = facts.payment.iter().filter(|it| it.provider == Provider::Fake);
    let operations = payment.flat_map(|it| it.operations.iter().map(move |of| (it, of)));
    operations.filter(|(_, operation)| operation.attempts > 0).map(|(payment, operation)| Asked {
        order_id: facts.subject.clone(),
        operation_id: operation.id.clone(),
        kind: operation.kind,
        amount: payment.money(operation.amount),
        state: operation.state,
    })
}

/// 4: what is settled here reads the same in the provider's books, and what was done there is what
/// was asked for. How many of the operations were done by the provider.
///
/// # Errors
/// The books can't be read.
pub fn agree(
    asked: &[Asked],
    statement: &dyn Statement,
    findings: &mut Findings,
) -> Result<u64, String> {
    let ids: Vec<&str> = asked.iter().map(|it| it.operation_id.as_str()).collect();
    let done = statement.done(&ids)?;
    for (asked, done) in asked.iter().zip(&done) {
        let agrees = match (asked.state, done) {
            (OperationState::Succeeded, None) | (OperationState::Failed, Some(_)) => false,
            (_, None) => true,
            (_, Some(done)) => asked.is(done),
        };
        let order_id = asked.order_id.as_str();
        let row = ("payments", order_id, payment_key(order_id).number);
        findings.expect(agrees, row, || {
            let Asked { operation_id, kind, amount, state, .. } = asked;
            let theirs = done.as_ref().map_or("not done".into(), |done| {
                let kind = format!("{:?}", done.kind).to_lowercase();
                format!("done as {kind} of {} for order {}", done.amount, done.order_id)
            });
            let (kind, state) = (kind.as_str(), state.as_str());
            format!(
                "{operation_id} is {state} as {kind} of {amount} here, {theirs} at the provider"
            )
        });
    }
    Ok(done.iter().flatten().count() as u64)
}
