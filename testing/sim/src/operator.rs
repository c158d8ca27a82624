//! The operator: lets sagas rest and go on, and works through compensations that failed for good.

use crate::clients::Client;
use crate::faults::Fault;
use crate::world::OUTSIDE;
use contracts::messages::{
    CreateOrder, PauseSaga, ResumeSaga, RetryCompensation, SkipCompensation,
};
use contracts::{Body, ServiceName, Source};
use std::time::Duration;

/// The operator has an eye on an order that comes at that time.
pub(crate) fn watch_over(client: Client, order: &CreateOrder, after: Duration) {
    let universe = client.universe.clone();
    if client.faults.strikes(Fault::OperatorPause) {
        universe.spawn(OUTSIDE, pause_a_while(client.clone(), order.order_id.clone(), after));
    }
    if order.payment_method == "pm_void_refused" && client.faults.strikes(Fault::OperatorDecides) {
        universe.spawn(OUTSIDE, work_through(client, order.order_id.clone(), after));
    }
}

async fn pause_a_while(client: Client, order: String, after: Duration) {
    let universe = client.universe.clone();
    universe.sleep(after + Duration::from_millis(universe.below(20_000))).await;
    let (order_id, saga_id, reason) = about(&order);
    command(&client, &order, PauseSaga { order_id, saga_id, reason }).await;
    universe.sleep(Duration::from_secs(universe.below(90))).await;
    let (order_id, saga_id, reason) = about(&order);
    command(&client, &order, ResumeSaga { order_id, saga_id, reason }).await;
}

/// Tries the undo of the authorization once more, then goes on without it.
async fn work_through(client: Client, order: String, after: Duration) {
    let universe = client.universe.clone();
    let step = "authorize_payment".to_string();
    universe.sleep(after + Duration::from_secs(60 + universe.below(200))).await;
    let (order_id, saga_id, reason) = about(&order);
    let again = RetryCompensation { order_id, saga_id, step: step.clone(), reason };
    command(&client, &order, again).await;
    universe.sleep(Duration::from_secs(universe.below(60))).await;
    let (order_id, saga_id, reason) = about(&order);
    command(&client, &order, SkipCompensation { order_id, saga_id, step, reason }).await;
}

/// The order, the saga that places it, and no reason.
fn about(order: &str) -> (String, String, String) {
    (order.into(), order.into(), String::new())
}

/// Whether it was possible just then is not asked: an operator may be too late.
async fn command(client: &Client, order_id: &str, body: impl Into<Body>) {
    let body = body.into();
    let key = client.key(&["operator", order_id, body.message_type().name()]);
    let to = ServiceName::Orchestrator;
    client.insist_as(Source::Operator, to, order_id, body, key).await;
}
