//! What a provider says, against what payments has recorded.

use crate::facts::Facts;
use crate::findings::Findings;
use crate::statement::Statement;
use payments::{Operation, OperationState, Provider, payment_key};

/// An operation that the built-in provider was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// For which order.
    pub order_id: String,
    /// As payments has recorded it.
    pub operation: Operation,
}

/// The operations of a subject that the built-in provider was asked for.
pub fn asked(facts: &Facts) -> impl Iterator<Item = Asked> {
    let payment = facts.payment.iter().filter(|it| it.provider == Provider::Fake);
    let operations = payment.flat_map(|it| &it.operations);
    operations
        .filter(|operation| operation.attempts > 0)
        .map(|operation| Asked { order_id: facts.subject.clone(), operation: operation.clone() })
}

/// 4: what is settled here reads the same in the provider's books. How many of the operations were
/// done by the provider.
///
/// # Errors
/// The books can't be read.
pub fn agree(
    asked: &[Asked],
    statement: &dyn Statement,
    findings: &mut Findings,
) -> Result<u64, String> {
    let ids: Vec<&str> = asked.iter().map(|it| it.operation.id.as_str()).collect();
    let done = statement.done(&ids)?;
    for (asked, done) in asked.iter().zip(&done) {
        let Asked { order_id, operation } = asked;
        let agrees = match (operation.state, done) {
            (OperationState::Succeeded, Some(amount)) => *amount == operation.amount,
            (OperationState::Succeeded, None) | (OperationState::Failed, Some(_)) => false,
            _ => true,
        };
        let row = ("payments", order_id.as_str(), payment_key(order_id).number);
        findings.expect(agrees, row, || {
            let theirs = done.map_or("not done".into(), |amount| format!("done with {amount}"));
            let (id, state, amount) = (&operation.id, operation.state.as_str(), operation.amount);
            format!("{id} is {state} with {amount} here, and {theirs} at the provider")
        });
    }
    Ok(done.iter().flatten().count() as u64)
}
