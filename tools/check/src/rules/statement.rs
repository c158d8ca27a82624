//! What a provider says, against what payments has recorded.

use crate::facts::Facts;
use crate::findings::Findings;
use crate::statement::Statement;
use payments::{Operation, OperationState, Provider, payment_key};

/// The operations that the built-in provider was asked for.
pub fn asked(facts: &Facts) -> impl Iterator<Item = &Operation> {
    let payment = facts.payment.iter().filter(|it| it.provider == Provider::Fake);
    payment.flat_map(|it| &it.operations).filter(|operation| operation.attempts > 0)
}

/// 4: what is settled here reads the same in the provider's books. How many of the operations that
/// the provider has done were seen.
///
/// # Errors
/// The books can't be read.
pub fn agree(
    facts: &Facts,
    statement: &dyn Statement,
    findings: &mut Findings,
) -> Result<u64, String> {
    let order_id = facts.subject.as_str();
    let mut seen = 0;
    for operation in asked(facts) {
        let id = operation.id.as_str();
        let done = statement.done(id)?;
        seen += u64::from(done.is_some());
        let agrees = match (operation.state, &done) {
            (OperationState::Succeeded, Some(amount)) => *amount == operation.amount,
            (OperationState::Succeeded, None) | (OperationState::Failed, Some(_)) => false,
            _ => true,
        };
        let row = ("payments", order_id, payment_key(order_id).number);
        findings.expect(agrees, row, || {
            let theirs = done.map_or("not done".into(), |amount| format!("done with {amount}"));
            let (state, amount) = (operation.state.as_str(), operation.amount);
            format!("{id} is {state} with {amount} here, and {theirs} at the provider")
        });
    }
    Ok(seen)
}
